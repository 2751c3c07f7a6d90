"""What a person does to runs: test a workflow, cancel, decide about a held run, run again."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.dispatch.local import LocalDispatcher
from engine.errors import NotFound, Refused
from engine.held import requeue_held
from engine.ids import new_id
from engine.intake import Accepted, Intake, NewEvent, Target
from engine.storage.database import Database
from engine.storage.tables import Event, Run, StepRun

OPEN = ("queued", "running", "waiting", "held")


class RunControl:
    def __init__(self, database: Database, intake: Intake, dispatcher: LocalDispatcher, clock: Clock) -> None:
        self._database = database
        self._intake = intake
        self._dispatcher = dispatcher
        self._clock = clock

    async def start(
        self, workflow_id: str, version_id: str, payload: Any, *, mode: Literal["live", "test", "dry"]
    ) -> Accepted:
        """Start a run by hand with `payload` as the trigger's data."""
        source: Literal["api", "test"] = "api" if mode == "live" else "test"
        event = NewEvent(source=source, dedupe=f"{source}:{new_id()}", payload=payload)
        return await self._intake.accept(event, [Target(workflow_id, version_id)], mode=mode)

    def cancel(self, run_id: str) -> None:
        """Stop a run for good; a step under way is not undone. Raises NotFound or Refused."""
        now = self._clock()
        with self._database.write() as session:
            changed = _update(
                session,
                update(Run)
                .where(Run.id == run_id, Run.status.in_(OPEN))
                .values(
                    status="cancelled", reason="Cancelled by hand.", lease_owner=None, wake_at=None, finished_at=now
                ),
            )
            if not changed:
                self._explain(session, run_id, "It has finished already.")

    def resolve(self, run_id: str, answer: Literal["done", "retry"], output: Any = None) -> None:
        """Let a held run go on: its step counts as done (with `output`), or is tried again.

        Raises NotFound or Refused.
        """
        now = self._clock()
        with self._database.write() as session:
            path = session.scalar(select(Run.step_path).where(Run.id == run_id, Run.status == "held"))
            if path is None or not requeue_held(session, run_id):
                self._explain(session, run_id, "It is not waiting for a decision.")
            step: dict[str, Any] = {"status": "running", "finished_at": None}
            if answer == "done":
                step = {"status": "succeeded", "finished_at": now, "output": output or {}}
            _update(
                session,
                update(StepRun)
                .where(StepRun.run_id == run_id, StepRun.path == path)
                .values(**step, error=None, wake_at=None),
            )
        self._dispatcher.wake()

    async def repeat(self, run_id: str) -> Accepted:
        """Run the same event again from the start, on the version of that run."""
        with self._database.read() as session:
            query = (
                select(
                    Run.workflow_id,
                    Run.version_id,
                    Run.mode,
                    Event.payload,
                    Event.operation,
                    Event.hook_id,
                    Event.source,
                )
                .join(Event, Event.id == Run.event_id)
                .where(Run.id == run_id)
            )
            row = session.execute(query).one_or_none()
        if row is None:
            raise NotFound("This run no longer exists.", run_id)
        event = NewEvent(row.source, f"repeat:{new_id()}", row.payload, row.operation, row.hook_id)
        return await self._intake.accept(event, [Target(row.workflow_id, row.version_id)], mode=row.mode)

    @staticmethod
    def _explain(session: Session, run_id: str, otherwise: str) -> None:
        if session.get(Run, run_id) is None:
            raise NotFound("This run no longer exists.", run_id)
        raise Refused(otherwise)


def _update(session: Session, statement: Any) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)  # noqa: S101  an UPDATE always yields one
    return result.rowcount
