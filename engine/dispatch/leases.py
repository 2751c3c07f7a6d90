"""Leases in the database: claim due runs, keep them, give them back, recover those whose owner is gone.

Every change is one guarded UPDATE, so any number of processes may do this side by side.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, func, or_, select, update

from engine.run_state import Mode, StepRecord, load_records
from engine.storage.database import Database
from engine.storage.tables import Event, Run

MAX_RECOVERIES = 5
"""A run that was interrupted this often is probably what stops the server; it is held for a person."""

HELD_TOO_OFTEN = "Stepline was stopped {count} times in the middle of this run. Look into it before trying again."


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run taken from the database, with everything needed to go on."""

    run_id: str
    version_id: str
    mode: Mode
    created_at: datetime
    source: str
    payload: Any
    records: dict[str, StepRecord]
    interrupted: set[str]


class Leases:
    def __init__(self, database: Database, owner: str, length: timedelta) -> None:
        self._database = database
        self._owner = owner
        self._length = length

    def claim_due(self, now: datetime, limit: int) -> list[ClaimedRun]:
        """Requeue runs whose lease ended, then claim. Takes no write lock when there is nothing to do."""
        if self._any(and_(Run.status == "running", Run.lease_until < now)):
            self.recover(now)
        return self.claim(now, limit) if self._any(is_due(now)) else []

    def claim(self, now: datetime, limit: int) -> list[ClaimedRun]:
        """Take up to `limit` runs that are queued, or waiting and due, oldest first."""
        due = select(Run.id).where(is_due(now)).order_by(Run.id).limit(limit).with_for_update(skip_locked=True)
        taken = (
            update(Run)
            .where(Run.id.in_(due.scalar_subquery()), Run.status.in_(["queued", "waiting"]))
            .values(
                status="running",
                lease_owner=self._owner,
                lease_until=now + self._length,
                wake_at=None,
                started_at=func.coalesce(Run.started_at, now),
            )
            .returning(Run.id)
            .execution_options(synchronize_session=False)
        )
        with self._database.write() as session:
            ids = sorted(session.execute(taken).scalars())
        return self._load(ids)

    def queued(self) -> int:
        """How many runs wait for their turn."""
        with self._database.read() as session:
            return session.scalar(select(func.count()).where(Run.status == "queued")) or 0

    def renew(self, now: datetime, run_ids: Collection[str]) -> None:
        self._change(
            update(Run)
            .where(Run.id.in_(run_ids), Run.lease_owner == self._owner)
            .values(lease_until=now + self._length)
        )

    def release(self) -> int:
        """Put every run of this owner back in the queue: at shutdown. Returns how many."""
        return self._change(
            update(Run)
            .where(Run.lease_owner == self._owner, Run.status == "running")
            .values(status="queued", lease_owner=None)
        )

    def recover(self, now: datetime, *, sole_owner: bool = False) -> int:
        """Requeue runs whose lease ended (all of other owners', if this is the `sole_owner` of the database)."""
        gone = Run.lease_owner != self._owner if sole_owner else Run.lease_until < now
        lost = and_(Run.status == "running", gone)
        self._change(
            update(Run)
            .where(lost, Run.recoveries >= MAX_RECOVERIES)
            .values(status="held", lease_owner=None, reason=HELD_TOO_OFTEN.format(count=MAX_RECOVERIES + 1))
        )
        return self._change(
            update(Run).where(lost).values(status="queued", lease_owner=None, recoveries=Run.recoveries + 1)
        )

    def _any(self, condition: ColumnElement[bool]) -> bool:
        with self._database.read() as session:
            return session.execute(select(Run.id).where(condition).limit(1)).first() is not None

    def _change(self, statement: Any) -> int:
        with self._database.write() as session:
            result = session.execute(statement.execution_options(synchronize_session=False))
            assert isinstance(result, CursorResult)  # noqa: S101  an UPDATE always yields one
            return result.rowcount

    def _load(self, ids: list[str]) -> list[ClaimedRun]:
        if not ids:
            return []
        with self._database.read() as session:
            query = (
                select(Run.id, Run.version_id, Run.mode, Run.created_at, Event.source, Event.payload)
                .join(Event, Event.id == Run.event_id)
                .where(Run.id.in_(ids))
                .order_by(Run.id)
            )
            rows = session.execute(query).all()
            steps = load_records(session.connection(), ids)
        return [
            ClaimedRun(
                run_id=row.id,
                version_id=row.version_id,
                mode=row.mode,
                created_at=row.created_at,
                source=row.source,
                payload=row.payload,
                records=steps[row.id].records,
                interrupted=steps[row.id].interrupted,
            )
            for row in rows
        ]


def is_due(now: datetime) -> ColumnElement[bool]:
    """Only waiting runs have a time. Their status is not asked for: it would lead to every one of them, due or not."""
    return or_(Run.status == "queued", Run.wake_at <= now)
