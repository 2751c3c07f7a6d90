"""What is left after the crashes, read from the database's file without any of Stepline's own code."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

SETTLED = ("succeeded", "failed", "filtered", "cancelled", "held")


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One event with its run. `steps` has the status of each step by its path."""

    key: str
    event_id: str
    number: int
    workflow_id: str
    run_id: str
    status: str
    recoveries: int
    steps: dict[str, str]


def wait_until_settled(database: Path, seconds: float = 60) -> None:
    """Return when every run has finished or is held; raises TimeoutError."""
    end = time.monotonic() + seconds
    while left := _open_runs(database):
        if time.monotonic() > end:
            raise TimeoutError(f"{left} runs have neither finished nor are they held")
        time.sleep(0.05)


def _open_runs(database: Path) -> int:
    with closing(_open(database)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM run WHERE status NOT IN {SETTLED}").fetchone()[0])


def stored(database: Path) -> list[StoredRun]:
    """Every run of every event; an event without a run is a StoredRun with an empty run id."""
    query = """
        SELECT event.dedupe, event.id, event.payload, run.workflow_id, run.id, run.status, run.recoveries
        FROM event LEFT JOIN run ON run.event_id = event.id
    """
    with closing(_open(database)) as connection:
        steps: dict[str, dict[str, str]] = {}
        for run_id, path, status in connection.execute("SELECT run_id, path, status FROM step_run"):
            steps.setdefault(run_id, {})[path] = status
        return [
            StoredRun(
                key=dedupe.partition(":")[2],
                event_id=event_id,
                number=json.loads(payload)["number"],
                workflow_id=workflow_id or "",
                run_id=run_id or "",
                status=status or "",
                recoveries=recoveries or 0,
                steps=steps.get(run_id, {}),
            )
            for dedupe, event_id, payload, workflow_id, run_id, status, recoveries in connection.execute(query)
        ]


def integrity(database: Path) -> str:
    with closing(_open(database)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def repeated(values: Iterable[str]) -> dict[str, int]:
    """Those that are there more than once, with how often."""
    return {value: count for value, count in Counter(values).items() if count > 1}


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
