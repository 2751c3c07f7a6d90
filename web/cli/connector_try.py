"""`stepline connectors try`: one operation, once, outside any workflow."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.errors import Invalid, Problem
from web.cli.data_dir import DataDir
from web.cli.output import AsJson, complain, examples, show_json

EPILOG = examples(
    "stepline connectors try formatter.text.trim --input text.json",
    'echo \'{"email": "anna@example.com"}\' | stepline connectors try acme.people.find --input - --connection Acme',
)


def try_operation(
    operation: Annotated[str, typer.Argument(help="Id of an operation, such as acme.things.get.")],
    file: Annotated[
        str | None,
        typer.Option("--input", metavar="FILE", help="JSON file, - for standard input. Default: no input."),
    ] = None,
    connection: Annotated[str, typer.Option("--connection", help="Name or id of a connection.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read for real, but only show what would be written.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Carry out one operation and print its output and its requests.

    Secrets are taken out of what is printed. Exit code 1 when the operation failed.
    """
    given = _input(file)
    from web.cli.trying import carry_out  # brings the database along, which other commands here do not need

    outcome = carry_out(data_dir, operation, given, connection=connection, dry_run=dry_run)
    if as_json:
        show_json(outcome)
    else:
        _print(outcome)
    if outcome["failure"]:
        raise typer.Exit(1)


def _input(file: str | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = json.loads(sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}", param_hint="--input") from error
    except ValueError as error:
        raise Invalid("The input is not valid JSON.", [Problem(str(error))]) from error
    if not isinstance(found, dict):
        raise Invalid("The input must be a JSON object: names and values.")
    return found


def _print(outcome: Mapping[str, Any]) -> None:
    for exchange in outcome["exchanges"]:
        request, response = exchange["request"], exchange["response"]
        answer = response["status"] if response else exchange["error"] or "not sent"
        typer.echo(f"{request['method']} {request['url']} → {answer}", err=True)
    if outcome["failure"]:
        failure = outcome["failure"]
        complain(failure["message"], *(text for text in (failure["detail"], failure["remedy"]) if text))
    else:
        show_json(outcome["output"])
