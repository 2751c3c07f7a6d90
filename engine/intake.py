"""Intake: an event is accepted once, together with one run for each workflow that listens, in one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from engine.clock import Clock
from engine.dispatch.local import LocalDispatcher
from engine.errors import EngineError
from engine.ids import new_id
from engine.plans import Plans
from engine.run_state import Mode, RunState, StepRecord
from engine.storage.bulk import Bulk
from engine.storage.database import Database
from engine.storage.journal import Journal, Write
from engine.storage.tables import Event, Run, StepRun
from engine.triggers import seen
from engine.triggers.seen import Sighting

LONGEST_DEDUPE = 300

Source = Literal["hook", "poll", "schedule", "api", "test"]


@dataclass(frozen=True, slots=True)
class Target:
    """A workflow that listens, with the version that is live now."""

    workflow_id: str
    version_id: str
    sighting: Sighting | None = None
    """It starts a run only if this counts."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A run is repeated; `steps` were done in it and are not done again."""

    of: str
    steps: Sequence[StepRecord] = ()


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What arrived. `dedupe` is unique over all events: the same value again is the same event."""

    source: Source
    dedupe: str
    payload: Any
    operation: str | None = None
    hook_id: str | None = None
    status: Literal["accepted", "unmatched", "refused"] = "accepted"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The stored event. A duplicate has the id of the first one and started nothing."""

    event_id: str
    run_ids: tuple[str, ...] = ()
    duplicate: bool = False


@dataclass(slots=True)
class AcceptEvent(Write[Accepted]):
    event_id: str
    event: NewEvent
    at: datetime
    targets: Sequence[Target]
    mode: Mode = "live"
    owner: str | None = None
    """The dispatcher that takes the runs at once; None leaves them queued for any."""
    lease_until: datetime | None = None
    run_ids: list[str] = field(default_factory=list)
    replay: Replay | None = None
    sightings: Sequence[Sighting] = ()
    """What workflows learn from the event that do not want it."""

    @classmethod
    def apply(
        cls, connection: Connection, database: Database, writes: Sequence[AcceptEvent]
    ) -> Sequence[Accepted | EngineError]:
        rows = [write._event_row() for write in writes]
        stored = _store_new(connection, database, rows)
        new = [write for write in writes if write.event_id in stored]
        started = _started(connection, database, new)
        runs = [write._run_row(*run) for write in new for run in started[write.event_id]]
        if runs:
            _inserting_runs(database, tuple(runs[0])).execute(connection, runs)
        steps = [row for write in new if write.replay for row in write._step_rows()]
        if steps:
            connection.execute(insert(StepRun), steps)
        repeated = [write.event.dedupe for write in writes if write.event_id not in stored]
        first = _ids_by_dedupe(connection, repeated)
        return [
            Accepted(write.event_id, tuple(run_id for run_id, _ in started[write.event_id]))
            if write.event_id in stored
            else Accepted(first[write.event.dedupe], duplicate=True)
            for write in writes
        ]

    def _event_row(self) -> dict[str, Any]:
        event = self.event
        return {
            "id": self.event_id,
            "dedupe": event.dedupe,
            "source": event.source,
            "hook_id": event.hook_id,
            "operation": event.operation,
            "status": event.status,
            "reason": event.reason,
            "payload": event.payload,
            "created_at": self.at,
        }

    @property
    def runs(self) -> list[tuple[str, Target]]:
        """The runs that it starts unless a sighting does not count."""
        return list(zip(self.run_ids, self.targets, strict=True))

    def _run_row(self, run_id: str, target: Target) -> dict[str, Any]:
        leased = self.owner is not None
        return {
            "id": run_id,
            "workflow_id": target.workflow_id,
            "version_id": target.version_id,
            "event_id": self.event_id,
            "mode": self.mode,
            "status": "running" if leased else "queued",
            "reason": "",
            "recoveries": 0,
            "replay_of": self.replay.of if self.replay else None,
            "lease_owner": self.owner,
            "lease_until": self.lease_until,
            "created_at": self.at,
            "started_at": self.at if leased else None,
        }

    def _step_rows(self) -> list[dict[str, Any]]:
        done = self.replay.steps if self.replay else ()
        return [step.row(run_id) for run_id in self.run_ids for step in done]


def _started(
    connection: Connection, database: Database, writes: Sequence[AcceptEvent]
) -> dict[str, list[tuple[str, Target]]]:
    """The runs of each event. One whose sightings all do not count is kept as unmatched, with the reason."""
    started = {write.event_id: write.runs for write in writes}
    learned = [sighting for write in writes for sighting in write.sightings]
    asked = [(write, run, run[1].sighting) for write in writes for run in write.runs if run[1].sighting is not None]
    if not learned and not asked:
        return started
    counts = seen.take(connection, database, [*(sighting for _, _, sighting in asked), *learned])
    for (write, run, sighting), count in zip(asked, counts, strict=False):
        if not count:
            started[write.event_id].remove(run)
            if not started[write.event_id]:
                reason = {"status": "unmatched", "reason": seen.UNCOUNTED[sighting.rule]}
                connection.execute(update(Event).where(Event.id == write.event_id).values(reason))
    return started


def _store_new(connection: Connection, database: Database, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Store the events that are new; return their ids.

    The number of stored rows tells that all were, nearly always; only else is it worth asking which.
    """
    ids = {row["id"] for row in rows}
    if _inserting_events(database, tuple(rows[0])).execute(connection, rows) == len(rows):
        return ids
    return set(connection.execute(select(Event.id).where(Event.id.in_(ids))).scalars())


@lru_cache(maxsize=4)
def _inserting_events(database: Database, columns: tuple[str, ...]) -> Bulk:
    """Leaves out those that are stored already."""
    return Bulk(database, database.upsert(Event).on_conflict_do_nothing(index_elements=["dedupe"]), columns)


@lru_cache(maxsize=4)
def _inserting_runs(database: Database, columns: tuple[str, ...]) -> Bulk:
    return Bulk(database, insert(Run), columns)


def _ids_by_dedupe(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    if not keys:
        return {}
    query = select(Event.dedupe, Event.id).where(Event.dedupe.in_(keys))
    return dict(iter(connection.execute(query)))


class Intake:
    def __init__(self, journal: Journal, dispatcher: LocalDispatcher, plans: Plans, clock: Clock) -> None:
        self._journal = journal
        self._dispatcher = dispatcher
        self._plans = plans
        self._clock = clock

    async def accept(
        self,
        event: NewEvent,
        targets: Sequence[Target] = (),
        *,
        sightings: Sequence[Sighting] = (),
        mode: Mode = "live",
        replay: Replay | None = None,
    ) -> Accepted:
        """Store the event and its runs; return after the commit.

        Runs start at once when this process has room, else they queue. Raises Overloaded or StorageUnavailable:
        then nothing was stored and the sender should send again. `sightings` are remembered besides.
        """
        now = self._clock()
        if len(event.dedupe) > LONGEST_DEDUPE:
            event = replace(event, dedupe=sha256(event.dedupe.encode()).hexdigest())
        plans = {target.version_id: await self._plans.get(target.version_id) for target in targets}
        owner = self._dispatcher.reserve(len(targets))
        write = AcceptEvent(
            event_id=new_id(),
            event=event,
            at=now,
            targets=targets,
            mode=mode,
            owner=owner,
            lease_until=now + self._dispatcher.lease if owner else None,
            run_ids=[new_id() for _ in targets],
            replay=replay,
            sightings=sightings,
        )
        taken: list[RunState] = []
        try:
            accepted = await self._journal.write(write, sheddable=True)
            taken = [
                RunState(run_id, plans[target.version_id], mode, event.source, event.payload, now, _records(replay))
                for run_id, target in write.runs
                if run_id in accepted.run_ids
            ]
        finally:
            if owner:
                self._dispatcher.take(taken, reserved=len(targets))
            elif targets:
                self._dispatcher.wake()
        return accepted


def _records(replay: Replay | None) -> dict[str, StepRecord]:
    """Copies, because a run changes its records."""
    return {step.path: replace(step) for step in replay.steps} if replay else {}
