"""Brings a database to the tables this version of Stepline works with.

The steps are the files in `versions/`, one Alembic revision each. After a change of `tables.py`,
`python -m engine.storage.migrations "what changed"` writes the next one, to be read and mended by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from engine.errors import EngineError
from engine.storage.database import Database
from engine.storage.kept import Base  # it imports the other tables, so that all are known

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent
REVISION_LENGTH = len("0001_abcdef")
LOCK = 7_378_352
"""Names the PostgreSQL advisory lock of those who migrate."""


def head() -> str:
    """The newest revision; file names start with it, so Alembic need not be loaded to know it."""
    return max(path.name for path in (FOLDER / "versions").glob("[0-9]*.py"))[:REVISION_LENGTH]


def current(database: Database) -> str | None:
    """The revision of the database; None when it has no tables of Stepline."""
    with database.read() as session:
        return _current(session.connection())


def needs_upgrade(database: Database) -> bool:
    """Cheap: one or two tiny queries."""
    return current(database) != head()


def upgrade(database: Database) -> None:
    """Make or change the tables, all or nothing. Does nothing when they are up to date.

    Several processes may call it at the same time. Raises EngineError for a database it must not touch.
    """
    if not needs_upgrade(database):
        return
    with _alone(database) as connection:
        found = _current(connection)
        if found == head():
            return
        if found is None:
            _create(connection)
        else:
            _migrate(connection, found)


def config(connection: Connection) -> Config:
    """Alembic's configuration for work on this connection."""
    # Loading Alembic takes longer than opening a database that is up to date.
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    return made


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _create(connection: Connection) -> None:
    """A new database gets all tables at once, much faster than revision by revision."""
    if there := set(Base.metadata.tables) & set(inspect(connection).get_table_names()):
        raise EngineError(
            "The database has tables that were not made by Stepline, and they are in its way: "
            f"{', '.join(sorted(there))}. Choose an empty database with STEPLINE_DATABASE_URL."
        )
    Base.metadata.create_all(connection, checkfirst=False)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head()})


def _migrate(connection: Connection, found: str) -> None:
    from alembic import command

    known = {path.name[:REVISION_LENGTH] for path in (FOLDER / "versions").glob("[0-9]*.py")}
    if found not in known:
        raise EngineError(
            f"The database belongs to another version of Stepline (revision {found}). "
            "Start that version, or put back a backup from before it was used."
        )
    command.upgrade(config(connection), "head")


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """One transaction that nobody else migrates in."""
    with database.engine.execution_options(stepline_write=True).connect() as connection:
        if database.dialect == "sqlite":
            with _without_foreign_keys(connection), connection.begin():
                yield connection
        else:
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                yield connection


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making a new one and dropping the old, which would delete all that refers to it."""
    driver = connection.connection.dbapi_connection
    assert driver is not None  # noqa: S101  it was opened just now
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        if not connection.invalidated:
            driver.execute("PRAGMA foreign_keys = ON")
