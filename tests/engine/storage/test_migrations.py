"""Databases are made, brought up to date, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from engine.errors import EngineError
from engine.storage import migrations
from engine.storage.database import Database
from engine.storage.tables import Base


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    opened = Database.open(empty_database_url)
    yield opened
    opened.close()


def run_all_revisions(database: Database) -> None:
    with database.engine.begin() as connection:
        command.upgrade(migrations.config(connection), "head")


def columns(database: Database) -> dict[str, dict[str, str]]:
    inspector = inspect(database.engine)
    return {
        table: {
            column["name"]: f"{column['type']!r} {column['nullable']} {column['default']}"
            for column in inspector.get_columns(table)
        }
        for table in inspector.get_table_names()
    }


def constraints(database: Database) -> dict[str, object]:
    inspector = inspect(database.engine)
    return {
        table: (
            sorted((index["name"] or "", tuple(index["column_names"])) for index in inspector.get_indexes(table)),
            sorted(str(sorted(key.items())) for key in inspector.get_foreign_keys(table)),
            sorted(str(sorted(key.items())) for key in inspector.get_unique_constraints(table)),
        )
        for table in inspector.get_table_names()
    }


def test_revisions_make_exactly_the_tables_of_today(empty: Database) -> None:
    run_all_revisions(empty)

    with empty.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    assert not migrations.needs_upgrade(empty)


def test_new_database_is_the_same_as_one_that_went_through_all_revisions(empty: Database) -> None:
    migrations.upgrade(empty)
    made_at_once = columns(empty), constraints(empty)
    with empty.engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))

    run_all_revisions(empty)

    assert (columns(empty), constraints(empty)) == made_at_once


def test_newest_file_is_the_head_of_alembic(empty: Database) -> None:
    with empty.engine.connect() as connection:
        script = ScriptDirectory.from_config(migrations.config(connection))

    assert script.get_current_head() == migrations.head()


def test_empty_database_gets_all_tables(empty: Database) -> None:
    assert migrations.current(empty) is None
    assert migrations.needs_upgrade(empty)

    migrations.upgrade(empty)

    assert migrations.current(empty) == migrations.head()
    assert not migrations.needs_upgrade(empty)
    migrations.upgrade(empty)


def test_processes_that_start_together_do_not_disturb_each_other(empty: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrations.upgrade(empty), range(4)))

    assert migrations.current(empty) == migrations.head()


def test_tables_of_somebody_else_are_left_alone(empty: Database) -> None:
    with empty.engine.begin() as connection:
        connection.execute(text("CREATE TABLE workflow (id INTEGER)"))

    with pytest.raises(EngineError, match="workflow"):
        migrations.upgrade(empty)

    assert inspect(empty.engine).get_table_names() == ["workflow"]


def test_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_ffffff'"))

    with pytest.raises(EngineError, match="another version of Stepline"):
        migrations.upgrade(database)


def test_foreign_keys_hold_after_an_upgrade(empty: Database) -> None:
    migrations.upgrade(empty)

    if empty.dialect == "sqlite":
        with empty.read() as session:
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
