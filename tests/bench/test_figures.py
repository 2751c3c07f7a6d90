"""The benchmark must notice when something is missing, doubled or wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bench import figures

AT = "2026-03-02 09:00:00.000000"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Two events of a hook, each with a run that took half a second."""
    file = tmp_path / "stepline.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE event (id, dedupe, hook_id, created_at)")
        connection.execute("CREATE TABLE run (event_id, workflow_id, status, finished_at)")
        for number in (0, 1):
            connection.execute("INSERT INTO event VALUES (?, ?, 'hook', ?)", [number, f"hook:r-{number}", AT])
            later = "2026-03-02 09:00:00.500000"
            connection.execute("INSERT INTO run VALUES (?, 'w', 'succeeded', ?)", [number, later])
        connection.commit()
    return file


def change(database: Path, sql: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(sql)
        connection.commit()


def test_finished_runs_are_timed_from_acceptance_to_end(database: Path) -> None:
    found = figures.look(database, "hook", "r", ["r-0", "r-1"])

    assert found.wrong == []
    assert found.latencies == pytest.approx([500, 500])
    assert found.runs_per_second == pytest.approx(4)


def test_acknowledged_event_that_is_not_stored_is_noticed(database: Path) -> None:
    assert figures.look(database, "hook", "r", ["r-0", "r-1", "r-2"]).wrong == [
        "r-2 was acknowledged and is not stored"
    ]


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [
        ("DELETE FROM run WHERE event_id = 1", "r-1 has the status None"),
        ("UPDATE run SET status = 'held' WHERE event_id = 1", "r-1 has the status held"),
        ("INSERT INTO run SELECT * FROM run WHERE event_id = 1", "r-1 has more than one run"),
    ],
)
def test_run_that_is_missing_unfinished_or_doubled_is_noticed(database: Path, sql: str, wrong: str) -> None:
    change(database, sql)

    assert figures.look(database, "hook", "r", ["r-0", "r-1"]).wrong == [wrong]


def test_runs_on_their_way_are_waited_for(database: Path) -> None:
    change(database, "UPDATE run SET status = 'waiting' WHERE event_id = 1")

    assert figures.unfinished(database, "w") == 1


def test_percentiles_of_few_and_of_none() -> None:
    assert figures.percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert figures.percentile([3.0, 1.0, 2.0], 99) == 3.0
    assert figures.percentile([], 50) == 0.0
