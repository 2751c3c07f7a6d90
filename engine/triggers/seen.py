"""What a trigger has seen: so that a look and the hook that it completes never start two runs for the same thing.

Each thing has a key and, where it can change, a digest of its state. An event starts a run only if its sighting
counts, which is decided in the transaction that stores event and run:

look      counts while nobody has seen the thing since the look read what was known
hook      counts unless a look found the same before; a key without states counts once
change    an event of the hook that does not tell what has changed: counts when it changes what is known
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from engine.storage.database import Database
from engine.storage.tables import PollItem

KEYS_AT_ONCE = 500
UNCOUNTED: Mapping[str, str] = {
    "look": "The hook had brought it by then.",
    "hook": "The regular look at the service had found it before.",
    "change": "It changes nothing that the trigger waits for.",
}
"""By rule: why an event whose sighting does not count starts nothing."""


Rule = Literal["look", "hook", "change"]
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
    first: bool = False
    """Seen at the look that starts nothing."""

    def row(self) -> dict[str, Any]:
        return {
            "workflow_id": self.workflow_id,
            "key": self.key,
            "digest": self.digest,
            "version": self.version,
            "source": "first" if self.first else "look" if self.rule == "look" else "hook",
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
    """Remember what looks saw and what starts nothing."""
    if sightings:
        connection.execute(_upsert(database, "look"), [sighting.row() for sighting in sightings])


def emits(emit: Emit, version: int) -> bool:
    """Whether a thing that was seen in so many states starts anything: version 1 is the first sight of it."""
    return {"new": version == 1, "changed": version > 1}.get(emit, True)


def _take(connection: Connection, database: Database, sighting: Sighting) -> bool:
    statement = _upsert(database, sighting.rule).returning(PollItem.version)
    version: int | None = connection.execute(statement, [sighting.row()]).scalar()
    if version is None:
        return False
    if sighting.rule != "change":
        return True
    return emits(sighting.emit, version)


def _upsert(database: Database, rule: str) -> Any:
    insert = database.upsert(PollItem)
    new = insert.excluded
    guards: Mapping[str, ColumnElement[bool]] = {
        "look": PollItem.version < new.version,
        "hook": or_(
            PollItem.source == "first",
            PollItem.digest != new.digest,
            and_(PollItem.source == "hook", new.digest != ""),
        ),
        "change": PollItem.digest != new.digest,
    }
    version = new.version if rule == "look" else PollItem.version + 1
    values = {"digest": new.digest, "source": new.source, "seen_at": new.seen_at, "version": version}
    return insert.on_conflict_do_update(index_elements=["workflow_id", "key"], set_=values, where=guards[rule])
