"""`stepline settings`: what can be set, what is in force."""

from __future__ import annotations

from typing import Any

import typer

from engine.settings import CONFIG, PREFIX, Settings
from web.cli.opening import DataDir
from web.cli.output import AsJson, examples, show_json

app = typer.Typer(add_completion=False)


@app.command(epilog=examples("stepline settings", "STEPLINE_PORT=9000 stepline settings --json"))
def settings(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show every setting with its value and what it means.

    A setting comes from a STEPLINE_… environment variable, else from the settings file: the one that
    STEPLINE_CONFIG names, or stepline.toml in the data directory.
    """
    found = described(Settings.load(data_dir=data_dir))
    if as_json:
        show_json(found)
        return
    for entry in found:
        typer.echo(f"{entry['variable']} = {_shown(entry['value'])}")
        typer.echo(f"    {entry['description']}")
    typer.echo(f"{CONFIG}\n    The settings file (TOML), with the same names in small letters and without {PREFIX}.")


def described(settings: Settings) -> list[dict[str, Any]]:
    """Every setting; secret ones only as given or not."""
    return [
        {
            "name": name,
            "variable": f"{PREFIX}{name.upper()}",
            "value": getattr(settings, name) if field.repr else _hidden(getattr(settings, name)),
            "description": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]


def _hidden(value: object) -> str:
    return "(hidden)" if value else ""


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
