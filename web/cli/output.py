"""How commands talk: tables for people, JSON for programs, complaints on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import orjson
import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]


def show_json(value: Any) -> None:
    """Prints anything made of JSON values, dataclasses and dates."""
    typer.echo(orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2))


def show_table(head: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Prints aligned columns; `empty` when there are no rows."""
    lines = [[_cell(value) for value in row] for row in rows]
    if not lines:
        typer.echo(empty)
        return
    lines.insert(0, [title.upper() for title in head])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def complain(message: str, *details: str) -> None:
    """Says on stderr what is wrong, and the details one by one."""
    typer.echo(message, err=True)
    for detail in details:
        typer.echo(f"  - {detail}", err=True)


def examples(*lines: str) -> str:
    """Examples for the end of a command's help."""
    return "\n\n".join(["Examples:", *lines])


def counted(number: int, noun: str) -> str:
    """`counted(2, "problem")` is “2 problems”."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "strftime") else str(value)


def _plain(value: object) -> object:
    """What orjson cannot print by itself: mappings that are no dicts, paths, sets."""
    if hasattr(value, "items"):
        return dict(value.items())
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
