"""What a trigger has seen: so that a look and the hook that it completes never start two runs for the same thing.

Each thing has a key and, where it can change, a digest of its state. An event starts a run only if its sighting
counts, which is decided in the transaction that stores event and run:

look      counts while nobody has seen the thing since the look read what was known
hook      counts, unless a look has just started a run for the same state; a thing without states counts once
change    an event of the hook that does not tell what has changed: counts when it changes what is known
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, not_, or_, select

from engine.storage.database import Database
from engine.storage.tables import PollItem

KEYS_AT_ONCE = 500
LATE = timedelta(minutes=90)
"""For so long after a look started a run, the hook's event of the same state is taken for that very change."""
UNCOUNTED: Mapping[str, str] = {
    "look": "The hook had brought it by then.",
    "hook": "It had started a run before.",
    "change": "It changes nothing that the trigger waits for.",
}
"""By rule: why an event whose sighting does not count starts nothing."""


Rule = Literal["look", "hook", "change"]
Guard = Callable[[Any], ColumnElement[bool]]
"""Given the new row: whether it takes the place of the one that is there."""
Emit = Literal["new", "changed", "new_or_changed"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A thing as a look or an event showed it. `version` is for looks: one more than was known.

    `emit` is for changes: whether the first sight of a thing counts, a change of it, or both.
    """

    workflow_id: str
    key: str
    digest: str
    seen_at: datetime
    rule: Rule
    version: int = 1
    emit: Emit = "new_or_changed"

    def row(self, source: str) -> dict[str, Any]:
        return {
            "workflow_id": self.workflow_id,
            "key": self.key,
            "digest": self.digest,
            "version": self.version,
            "source": source,
            "seen_at": self.seen_at,
        }


@dataclass(frozen=True, slots=True)
class Known:
    """The last sighting of a thing."""

    digest: str
    version: int
    source: str
    seen_at: datetime | None


def known(database: Database, workflow_id: str, keys: Iterable[str]) -> Mapping[str, Known]:
    """What is known of these things, by key."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, Known] = {}
    columns = (PollItem.key, PollItem.digest, PollItem.version, PollItem.source, PollItem.seen_at)
    with database.read() as session:
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            some = wanted[start : start + KEYS_AT_ONCE]
            query = select(*columns).where(PollItem.workflow_id == workflow_id, PollItem.key.in_(some))
            for key, digest, version, source, seen_at in session.execute(query):
                found[key] = Known(digest, version, source, seen_at)
    return found


def take(connection: Connection, database: Database, sightings: Sequence[Sighting]) -> list[bool]:
    """Remember the sightings inside the open transaction; for each, in order, whether it counts."""
    counts = [False] * len(sightings)
    # In one order everywhere, so that no two processes wait for each other.
    for index in sorted(range(len(sightings)), key=lambda i: (sightings[i].workflow_id, sightings[i].key)):
        counts[index] = _take(connection, database, sightings[index])
    return counts


def remember(connection: Connection, database: Database, sightings: Sequence[Sighting]) -> None:
    """Remember what a look saw that starts nothing."""
    rows = [sighting.row("look") for sighting in sightings]
    if rows:
        connection.execute(_upsert(database, _newer, counting=False), rows)


def emits(emit: Emit, version: int) -> bool:
    """Whether a thing that was seen in so many states starts anything: version 1 is the first sight of it."""
    return {"new": version == 1, "changed": version > 1}.get(emit, True)


def _take(connection: Connection, database: Database, sighting: Sighting) -> bool:
    guard = _GUARDS[sighting.rule](sighting.seen_at)
    statement = _upsert(database, guard, counting=sighting.rule != "look").returning(PollItem.version)
    row = sighting.row("poll" if sighting.rule == "look" else "hook")
    version: int | None = connection.execute(statement, [row]).scalar()
    if version is None:
        return False
    return sighting.rule != "change" or emits(sighting.emit, version)


def _upsert(database: Database, guard: Guard, *, counting: bool) -> Any:
    """Stores a sighting unless the guard keeps the one that is there. `counting`: as one state more than it had."""
    insert = database.upsert(PollItem)
    new = insert.excluded
    version = PollItem.version + 1 if counting else new.version
    values = {"digest": new.digest, "source": new.source, "seen_at": new.seen_at, "version": version}
    return insert.on_conflict_do_update(index_elements=["workflow_id", "key"], set_=values, where=guard(new))


def _newer(new: Any) -> ColumnElement[bool]:
    newer: ColumnElement[bool] = PollItem.version < new.version
    return newer


def _not_started(at: datetime) -> Guard:
    by_a_look = and_(PollItem.source == "poll", PollItem.seen_at > at - LATE)
    return lambda new: or_(
        PollItem.digest != new.digest,
        and_(new.digest != "", not_(by_a_look)),
        and_(new.digest == "", PollItem.source == "look"),
    )


def _changed(new: Any) -> ColumnElement[bool]:
    changed: ColumnElement[bool] = PollItem.digest != new.digest
    return changed


_GUARDS: Mapping[Rule, Callable[[datetime], Guard]] = {
    "look": lambda _: _newer,
    "hook": _not_started,
    "change": lambda _: _changed,
}
