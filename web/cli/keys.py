"""`stepline keys`: the encryption keys of stored credentials."""

from __future__ import annotations

import typer

from engine.errors import Refused
from engine.vault import add_key
from web.cli.opening import DataDir, existing, opened
from web.cli.output import complain, counted, examples

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The encryption keys of stored credentials. To change the key: add one, restart the server, rotate.",
)


@app.command(epilog=examples("stepline keys add"))
def add(data_dir: DataDir = None) -> None:
    """Put a new key in front of the others. The server uses it after its next start."""
    settings = existing(data_dir)
    if settings.secret_keys:
        raise Refused("The keys come from STEPLINE_SECRET_KEYS. Put the new one there, in front of the others.")
    with opened(data_dir):
        add_key(settings.key_file)
    typer.echo(f"Put a new key in front in {settings.key_file}. Back the file up, restart Stepline, then run:")
    typer.echo("  stepline keys rotate")


@app.command(epilog=examples("stepline keys rotate"))
def rotate(data_dir: DataDir = None) -> None:
    """Encrypt every stored credential with the newest key. The server may go on meanwhile."""
    with opened(data_dir) as stepline:
        rotation = stepline.vault.rotate(stepline.database)
    typer.echo(f"{counted(rotation.done, 'secret')} encrypted with the newest key.")
    if rotation.unreadable:
        complain("These could not be read with any key; enter them again:", *rotation.unreadable)
        raise typer.Exit(1)
    typer.echo("The older keys are needed no more, except for backups of the database.")
