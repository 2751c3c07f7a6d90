"""Two weeks of runs that never happened, as rows: enough for charts, lists and filters to show something."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from engine.ids import first_id
from engine.storage.database import Database
from engine.storage.tables import Event, Run

FIRST = ("Anna", "Ben", "Carla", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Luca", "Mina")
LAST = ("Berg", "Okafor", "Silva", "Novak", "Keller", "Rossi", "Haddad", "Lind", "Moreau", "Tanaka", "Weber")
FAILURES = (
    "“Add the person to the list”: Mailercloud does not accept this e-mail address.",
    "“Find the contact”: GoHighLevel did not answer in time, five times in a row.",
    "“Write the note”: The property no longer exists in Mailercloud.",
)


@dataclass(frozen=True, slots=True)
class Source:
    """A workflow that had runs: so many a day, so many of a hundred failed or were filtered."""

    workflow_id: str
    version_id: str
    operation: str
    a_day: float
    failed: int
    filtered: int
    seconds: float


def person(random: Random) -> dict[str, Any]:
    first, last = random.choice(FIRST), random.choice(LAST)
    return {"email": f"{first}.{last}@example.com".lower(), "firstName": first, "lastName": last}


def fill(database: Database, sources: Sequence[Source], now: datetime, days: int = 30, seed: int = 5) -> int:
    """Returns how many runs were written."""
    random = Random(seed)
    events: list[dict[str, Any]] = []
    runs: list[dict[str, Any]] = []
    for source in sources:
        for hour in range(days * 24):
            at = now - timedelta(hours=hour + 1)
            for _ in range(_how_many(random, source.a_day, at)):
                moment = at + timedelta(seconds=random.uniform(0, 3500))
                _add(random, source, moment, events, runs)
    with database.write() as session:
        session.execute(insert(Event), events)
        session.execute(insert(Run), runs)
    return len(runs)


def _how_many(random: Random, a_day: float, at: datetime) -> int:
    """Busy by day, quiet by night and at weekends."""
    daily = max(0.06, math.sin((at.hour - 5) / 24 * 2 * math.pi)) * (0.6 if at.weekday() > 4 else 1)
    wanted = a_day / 24 * 2.6 * daily
    return int(wanted) + (random.random() < wanted % 1)


def _add(random: Random, source: Source, at: datetime, events: list[Any], runs: list[Any]) -> None:
    made = first_id(at)[:12] + "7" + "".join(random.choice("0123456789abcdef") for _ in range(19))
    dice = random.uniform(0, 100)
    status = "failed" if dice < source.failed else "filtered" if dice < source.failed + source.filtered else "succeeded"
    events.append(
        {
            "id": made,
            "dedupe": made,
            "source": "hook",
            "operation": source.operation,
            "status": "accepted",
            "payload": person(random),
            "created_at": at,
        }
    )
    lasted = source.seconds * random.lognormvariate(0, 0.5)
    runs.append(
        {
            "id": made,
            "workflow_id": source.workflow_id,
            "version_id": source.version_id,
            "event_id": made,
            "mode": "live",
            "status": status,
            "reason": random.choice(FAILURES) if status == "failed" else "",
            "created_at": at,
            "started_at": at,
            "finished_at": at + timedelta(seconds=lasted),
        }
    )
