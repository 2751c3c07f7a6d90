"""One run in the hands of a runner: what its steps have produced, and what is still to be written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select, update

from engine.definition.model import Definition
from engine.errors import EngineError, LeaseLost
from engine.storage.bulk import Bulk
from engine.storage.database import Database
from engine.storage.journal import Write
from engine.storage.tables import Attempt, Run, StepRun

Mode = Literal["live", "test", "dry"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A published version, ready to run: loaded once, shared by all its runs."""

    version_id: str
    workflow_id: str
    workflow_name: str
    definition: Definition
    trigger_input: Mapping[str, Any]
    trigger_output: Callable[[str, Any, Mapping[str, Any]], Any]

    def trigger(self, source: str, payload: Any) -> Any:
        """What `{{ trigger }}` is: the payload of a hook as the trigger operation shapes it, all else as it is.

        Raises ExpressionError when the payload lacks what the operation needs.
        """
        if source != "hook":
            return payload
        return self.trigger_output(self.definition.trigger.operation, payload, self.trigger_input)


@dataclass(slots=True)
class StepRecord:
    """One StepRun row. `wake_at` on a running step is when a delay ends or the next try is due."""

    path: str
    position: int
    kind: str
    started_at: datetime
    operation: str | None = None
    status: str = "running"
    input: Any = None
    output: Any = None
    error: dict[str, Any] | None = None
    attempts: int = 0
    wake_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def done(self) -> bool:
        return self.status in ("succeeded", "skipped")

    def row(self, run_id: str) -> dict[str, Any]:
        """The values of its StepRun row."""
        return {"run_id": run_id, **{name: getattr(self, name) for name in _STEP_FIELDS}}

    def finish(self, status: str, at: datetime, *, output: Any = None, error: dict[str, Any] | None = None) -> None:
        self.status, self.output, self.error, self.finished_at, self.wake_at = status, output, error, at, None


_STEP_FIELDS = tuple(field.name for field in fields(StepRecord))


@dataclass(slots=True)
class AttemptRecord:
    """One Attempt row."""

    path: str
    number: int
    started_at: datetime
    status: str = "started"
    exchanges: list[dict[str, Any]] | None = None
    error: dict[str, Any] | None = None
    finished_at: datetime | None = None


@dataclass(slots=True)
class RunState:
    """A run, its steps so far and the changes not yet journaled. Belongs to one runner at a time."""

    run_id: str
    plan: Plan
    mode: Mode
    source: str
    payload: Any
    created_at: datetime
    records: dict[str, StepRecord] = field(default_factory=dict)
    interrupted: set[str] = field(default_factory=set)
    """Paths whose last attempt was started and never finished: nobody knows whether it took effect."""
    changed_steps: dict[str, StepRecord] = field(default_factory=dict)
    changed_attempts: dict[tuple[str, int], AttemptRecord] = field(default_factory=dict)
    effects_pending: bool = False
    """An outside effect's result waits to be journaled; it must be before the next outside effect."""

    def record(self, path: str, kind: str, now: datetime, operation: str | None = None) -> StepRecord:
        """The record of the step at `path`, made on first sight."""
        found = self.records.get(path)
        if found is None:
            found = StepRecord(path, len(self.records), kind, now, operation)
            self.records[path] = found
        return found

    def changed(self, record: StepRecord) -> None:
        self.changed_steps[record.path] = record

    def attempted(self, attempt: AttemptRecord) -> None:
        self.changed_attempts[attempt.path, attempt.number] = attempt

    def scope(self) -> dict[str, Any]:
        """What expressions can see: {trigger, steps, workflow, run}; steps are filled in as they finish.

        Raises ExpressionError when the trigger cannot make sense of the event.
        """
        plan = self.plan
        return {
            "trigger": plan.trigger(self.source, self.payload),
            "steps": {},
            "workflow": {
                "id": plan.workflow_id,
                "name": plan.workflow_name,
                "settings": plan.definition.settings,
            },
            "run": {"id": self.run_id, "started_at": self.created_at.isoformat(), "mode": self.mode},
        }


@dataclass(slots=True)
class Advance(Write[None]):
    """A run moves on: its new status, the steps and attempts that changed. Guarded by the lease `owner`."""

    run_id: str
    owner: str
    status: str
    reason: str = ""
    step_path: str | None = None
    error: dict[str, Any] | None = None
    wake_at: datetime | None = None
    finished_at: datetime | None = None
    steps: Sequence[StepRecord] = ()
    attempts: Sequence[AttemptRecord] = ()

    @classmethod
    def apply(
        cls, connection: Connection, database: Database, writes: Sequence[Advance]
    ) -> Sequence[EngineError | None]:
        kept = _move_on(connection, database, writes)
        if kept:
            _upsert(connection, database, StepRun, [row for write in kept for row in write._step_rows()])
            _upsert(connection, database, Attempt, [row for write in kept for row in write._attempt_rows()])
        if len(kept) == len(writes):
            return [None] * len(writes)
        still_owned = {id(write) for write in kept}
        lost = LeaseLost("Another runner took this run over; this one stops.")
        return [None if id(write) in still_owned else lost for write in writes]

    def _run_row(self) -> dict[str, Any]:
        return {
            "target": self.run_id,
            "holder": self.owner,
            "status": self.status,
            "reason": self.reason,
            "step_path": self.step_path,
            "error": self.error,
            "wake_at": self.wake_at,
            "finished_at": self.finished_at,
            "lease_owner": self.owner if self.status == "running" else None,
        }

    def _step_rows(self) -> list[dict[str, Any]]:
        return [step.row(self.run_id) for step in self.steps]

    def _attempt_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "run_id": self.run_id,
                "path": attempt.path,
                "number": attempt.number,
                "status": attempt.status,
                "exchanges": attempt.exchanges,
                "error": attempt.error,
                "started_at": attempt.started_at,
                "finished_at": attempt.finished_at,
            }
            for attempt in self.attempts
        ]


@lru_cache(maxsize=4)
def _updating_runs(database: Database) -> Bulk:
    names = ("status", "reason", "step_path", "error", "wake_at", "finished_at", "lease_owner")
    held = update(Run).where(Run.id == bindparam("target"), Run.lease_owner == bindparam("holder"))
    return Bulk(database, held.values({name: bindparam(name) for name in names}))


def _move_on(connection: Connection, database: Database, writes: Sequence[Advance]) -> Sequence[Advance]:
    """Update the runs; return the writes whose lease held.

    The number of changed rows tells that all did, nearly always; only else is it worth asking which.
    """
    update_runs = _updating_runs(database)
    savepoint = connection.begin_nested()
    if update_runs.execute(connection, [write._run_row() for write in writes]) == len(writes):
        savepoint.commit()
        return writes
    savepoint.rollback()
    query = select(Run.id, Run.lease_owner).where(Run.id.in_([write.run_id for write in writes]))
    held = {(run_id, owner) for run_id, owner in connection.execute(query.with_for_update())}
    kept = [write for write in writes if (write.run_id, write.owner) in held]
    if kept:
        update_runs.execute(connection, [write._run_row() for write in kept])
    return kept


def _upsert(
    connection: Connection, database: Database, table: type[StepRun | Attempt], rows: list[dict[str, Any]]
) -> None:
    if rows:
        _upserting(database, table).execute(connection, rows)


@lru_cache(maxsize=8)
def _upserting(database: Database, table: type[StepRun | Attempt]) -> Bulk:
    insert = database.upsert(table)
    names = [column.name for column in table.__table__.columns]
    keys = [column.name for column in table.__table__.primary_key]
    changes = {name: insert.excluded[name] for name in names if name not in keys}
    return Bulk(database, insert.on_conflict_do_update(index_elements=keys, set_=changes), names)


@dataclass(slots=True)
class Journaled:
    """What the journal knows of a run's steps. `interrupted` as in RunState."""

    records: dict[str, StepRecord] = field(default_factory=dict)
    interrupted: set[str] = field(default_factory=set)


def load_records(connection: Connection, run_ids: Sequence[str]) -> Mapping[str, Journaled]:
    """The journaled steps of each of these runs, in the order of their timelines."""
    found = {run_id: Journaled() for run_id in run_ids}
    steps = select(StepRun.__table__).where(StepRun.run_id.in_(run_ids)).order_by(StepRun.run_id, StepRun.position)
    for row in connection.execute(steps).mappings():
        found[row["run_id"]].records[row["path"]] = StepRecord(**_without_run(row))
    started = select(Attempt.run_id, Attempt.path).where(Attempt.run_id.in_(run_ids), Attempt.status == "started")
    for run_id, path in connection.execute(started):
        found[run_id].interrupted.add(path)
    return found


def _without_run(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "run_id"}
