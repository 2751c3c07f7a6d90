"""`stepline db`: the tables in the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from engine.settings import Settings
from engine.storage import migrations
from engine.storage.database import Database
from web.cli.opening import DataDir, existing
from web.cli.output import AsJson, examples, show_json

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The tables in the database.")


@app.command(epilog=examples("stepline db upgrade"))
def upgrade(data_dir: DataDir = None) -> None:
    """Bring the tables up to date. The server does it by itself at every start."""
    with _database(Settings.load(data_dir=data_dir)) as database:
        before = migrations.current(database)
        migrations.upgrade(database)
    if before == migrations.head():
        typer.echo("The tables are up to date.")
    else:
        typer.echo(
            "Made the tables." if before is None else f"Brought the tables from {before} to {migrations.head()}."
        )


@app.command(epilog=examples("stepline db status"))
def status(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Say whether the tables are up to date; exit code 1 when they are not."""
    with _database(existing(data_dir)) as database:
        current, dialect = migrations.current(database), database.dialect
    fresh = current == migrations.head()
    if as_json:
        show_json({"database": dialect, "current": current, "newest": migrations.head(), "up_to_date": fresh})
    elif fresh:
        typer.echo(f"The tables are up to date ({dialect}, revision {current}).")
    else:
        found = "There are no tables yet" if current is None else f"The tables are at revision {current}"
        typer.echo(f"{found}; this Stepline needs {migrations.head()}. Run: stepline db upgrade")
    raise typer.Exit(0 if fresh else 1)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    database = Database.open(settings.database_url)
    try:
        yield database
    finally:
        database.close()
