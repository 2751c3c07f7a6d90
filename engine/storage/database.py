"""One database, SQLite or PostgreSQL, behind one small door: `read()` and `write()`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from engine.errors import Invalid, StorageUnavailable

UNUSABLE_URL = (
    "The address of the database cannot be used. It must look like postgresql://user:password@host/name "
    "or sqlite:////folder/stepline.db; see STEPLINE_DATABASE_URL."
)
READ_FAILED = "Stepline cannot read from its database, so nothing can be shown until it is back."
WRITE_FAILED = "Stepline cannot write to its database. Nothing was stored; try again when it is back."


class Database:
    """Safe to share between threads. Reads run side by side; on SQLite one write at a time."""

    def __init__(self, engine: Engine, busy_seconds: float = 15) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        """sqlite | postgresql"""
        self._busy_seconds = busy_seconds
        self._writer = engine.execution_options(stepline_write=True)
        self._turn = Lock() if self.dialect == "sqlite" else None

    @classmethod
    def open(cls, url: str, *, busy_seconds: float = 15) -> Database:
        """Does not connect yet. `url`: sqlite:////absolute/path.db or postgresql://user:password@host/name.

        Raises Invalid for anything else.

        `busy_seconds` is how long a write on SQLite waits for others, in this process or another.
        """
        parsed = _normal(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(_sqlite_engine(parsed, busy_seconds), busy_seconds)
        return cls(_postgresql_engine(parsed))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state on SQLite. Never write through it."""
        with _named(READ_FAILED), Session(self.engine, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back when the block raises.

        Raises StorageUnavailable, then nothing was stored. Never wait for the network inside the block,
        and never open a second write in it.
        """
        new_session = Session(self._writer, expire_on_commit=False)
        with self._own_turn(), _named(WRITE_FAILED), new_session as session, session.begin():
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Like `write`, for bare statements: without a session it costs less."""
        with self._own_turn(), _named(WRITE_FAILED), self._writer.begin() as connection:
            yield connection

    def upsert(self, table: Any) -> postgresql.Insert | sqlite.Insert:
        """An INSERT with `on_conflict_do_update` and `on_conflict_do_nothing` into a mapped class."""
        target: Table = getattr(table, "__table__", table)
        return sqlite.insert(target) if self.dialect == "sqlite" else postgresql.insert(target)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=self._busy_seconds):
            raise StorageUnavailable(WRITE_FAILED, f"no turn to write within {self._busy_seconds} s")
        try:
            yield
        finally:
            self._turn.release()


def readable_address(url: str) -> str:
    """The address of a database without its password, for people to read; empty when it is no address."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return ""
    query = {name: "hidden" if "password" in name else value for name, value in parsed.query.items()}
    return parsed.set(query=query).render_as_string(hide_password=True)


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


_JSON: dict[str, Any] = {"json_serializer": _dumps, "json_deserializer": orjson.loads}


def _normal(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Invalid(UNUSABLE_URL) from error
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise Invalid(UNUSABLE_URL)
    return parsed


def _postgresql_engine(url: URL) -> Engine:
    # Only who uses PostgreSQL waits for its driver to load.
    from engine.storage.postgresql import keep_any_text

    engine = create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=24, **_JSON)
    event.listen(engine, "connect", lambda connection, _record: keep_any_text(connection))
    return engine


def _sqlite_engine(url: URL, busy_seconds: float) -> Engine:
    if url.database:
        _make_private(Path(url.database))
    engine = create_engine(url, connect_args={"timeout": busy_seconds}, pool_size=8, max_overflow=32, **_JSON)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(file: Path) -> None:
    """A new file, and the folder for it, that only we can read; SQLite gives the files beside it the same rights."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(OSError):  # who connects is told why it cannot be made
        file.touch(mode=0o600)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Left alone, the driver sends no BEGIN before SELECT and DDL; `_begin_sqlite` always does.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that starts to write after another one did fails at once, without waiting.
    writes = connection.get_execution_options().get("stepline_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _named(message: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
            raise StorageUnavailable(message, str(error.orig)) from error
        raise
