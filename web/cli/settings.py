"""`stepline settings`: what can be set, what is in force."""

from __future__ import annotations

import typer

from engine.settings import CONFIG, PREFIX, Settings
from web.cli.opening import DataDir
from web.cli.output import AsJson, examples, show_json
from web.server_settings import as_text, described

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
        typer.echo(f"{entry['variable']} = {as_text(entry['value'])}")
        typer.echo(f"    {entry['description']}")
    typer.echo(f"{CONFIG}\n    The settings file (TOML), with the same names in small letters and without {PREFIX}.")
