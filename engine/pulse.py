"""Short texts that change whenever what a page shows has changed, cheap enough to ask twice a second.

They are read from the database, so a page learns of what other processes and machines do as well.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.storage.database import Database
from engine.storage.tables import Event, Run, StepRun

NEWEST = 50
"""A list shows so many runs at first. Older ones are noticed when they leave or enter one of the open states."""
OPEN = ("queued", "running", "waiting", "held")


class Pulse:
    """Every method blocks on the database; all may be called from any thread. Compare texts of one process only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_runs(self) -> str:
        """Of the list of all runs: a run came, or one moved on."""
        newest = select(Run.id, Run.status, Run.finished_at).order_by(Run.id.desc()).limit(NEWEST)
        open_runs = select(Run.status, func.count()).where(Run.status.in_(OPEN)).group_by(Run.status)
        with self._database.read() as session:
            return _text(session.execute(newest).all(), sorted(session.execute(open_runs).all()))

    def of_events(self) -> str:
        """Of the list of events, which never change once they are there."""
        with self._database.read() as session:
            return _text(session.scalar(select(func.max(Event.id))))

    def of_run(self, run_id: str) -> str:
        """Of one run: its state, or any of its steps."""
        state = select(Run.status, Run.step_path, Run.reason, Run.wake_at, Run.finished_at).where(Run.id == run_id)
        with self._database.read() as session:
            return _text(session.execute(state).all(), _steps(session, run_id))


def _steps(session: Session, run_id: str) -> Any:
    """The steps of a long loop are thousands of rows, so they are counted, not listed."""
    columns = (
        func.count(),
        func.count(StepRun.finished_at),
        func.sum(StepRun.attempts),
        func.max(StepRun.started_at),
        func.max(StepRun.finished_at),
        func.max(StepRun.wake_at),
    )
    return session.execute(select(*columns).where(StepRun.run_id == run_id)).all()


def _text(*parts: Any) -> str:
    return f"{hash(repr(parts)) & 0xFFFF_FFFF_FFFF:012x}"
