"""What the database says afterwards, read directly from its file: every event counted, every run timed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

FINISHED = ("succeeded", "failed", "filtered", "cancelled")


@dataclass(frozen=True, slots=True)
class Finished:
    """The runs of one round. Times in milliseconds, from the event's acceptance to the run's end."""

    runs_per_second: float
    latencies: list[float]
    wrong: list[str]
    """What must not be: missing, duplicate or failed runs; empty when all is well."""


def unfinished(database: Path, workflow_id: str) -> int:
    query = f"SELECT count(*) FROM run WHERE workflow_id = ? AND status NOT IN {FINISHED}"
    with closing(_open(database)) as connection:
        return int(connection.execute(query, [workflow_id]).fetchone()[0])


def events(database: Path, prefix: str) -> int:
    """How many events are stored whose keys begin with `prefix`."""
    with closing(_open(database)) as connection:
        found = connection.execute("SELECT count(*) FROM event WHERE dedupe LIKE ?", [f"{prefix}%"])
        return int(found.fetchone()[0])


def look(database: Path, hook_id: str, prefix: str, acknowledged: Sequence[str]) -> Finished:
    """Compare the events of a hook whose keys begin with `prefix` with those that were acknowledged."""
    query = """
        SELECT substr(event.dedupe, instr(event.dedupe, ':') + 1), run.status, event.created_at, run.finished_at
        FROM event LEFT JOIN run ON run.event_id = event.id
        WHERE event.hook_id = ? AND event.dedupe LIKE ?
    """
    with closing(_open(database)) as connection:
        rows = connection.execute(query, [hook_id, f"%:{prefix}-%"]).fetchall()
    stored = [key for key, *_ in rows]
    wrong = [f"{key} was acknowledged and is not stored" for key in sorted(set(acknowledged) - set(stored))]
    wrong += [f"{key} is stored and was not acknowledged" for key in sorted(set(stored) - set(acknowledged))]
    wrong += [f"{key} has more than one run" for key in _repeated(stored)]
    wrong += [f"{key} has the status {status}" for key, status, *_ in rows if status != "succeeded"]
    times = [(_moment(created), _moment(finished)) for _, _, created, finished in rows if finished]
    if not times:
        return Finished(0.0, [], wrong)
    seconds = max(end for _, end in times) - min(start for start, _ in times)
    return Finished(len(times) / seconds, [(end - start) * 1000 for start, end in times], wrong)


def percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def _repeated(keys: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({key for key in keys if key in seen or seen.add(key)})  # type: ignore[func-returns-value]


def _moment(text: str) -> float:
    return datetime.fromisoformat(text + "+00:00").timestamp()


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
