"""What a person does to runs: test a workflow, cancel, decide about a held run, run again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.definition.model import walk
from engine.dispatch.local import LocalDispatcher
from engine.errors import NotFound, Refused
from engine.held import note_decision, requeue_held
from engine.ids import new_id
from engine.intake import Accepted, Intake, NewEvent, Replay, Target
from engine.run_state import StepRecord, load_records
from engine.runs.model import Decision
from engine.storage.database import Database
from engine.storage.tables import Event, Run, StepRun, Version, Workflow

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

    def resolve(self, run_id: str, answer: Literal["done", "retry"], output: Any = None, *, by: str) -> None:
        """Let a held run go on: its step counts as done (with `output`), or is tried again.

        That the person named in `by` said so is kept with the step's last try. Raises NotFound or Refused.
        """
        now = self._clock()
        with self._database.write() as session:
            path = session.scalar(select(Run.step_path).where(Run.id == run_id, Run.status == "held"))
            if not requeue_held(session, run_id):
                self._explain(session, run_id, "It is not waiting for a decision.")
            step: dict[str, Any] = {"status": "running", "finished_at": None}
            if answer == "done":
                step = {"status": "succeeded", "finished_at": now, "output": output or {}}
            if path is not None:
                note_decision(session, run_id, path, Decision(answer, by, now))
            _update(
                session,
                update(StepRun)
                .where(StepRun.run_id == run_id, StepRun.path == path)
                .values(**step, error=None, wake_at=None),
            )
        self._dispatcher.wake()

    async def replay(
        self,
        run_id: str,
        *,
        from_step: bool = False,
        newest_version: bool = False,
        payload: Any = None,
    ) -> Accepted:
        """Run the event of a finished run again, as a new run that remembers which one it repeats.

        `from_step` keeps the results of the steps that succeeded and goes on where the run stopped; steps that the
        chosen version does not have any more are done without. `payload` replaces the trigger's data. The version is
        that of the run, or the live one. Raises NotFound or Refused.
        """
        row, kept = await asyncio.to_thread(self._repeated, run_id, from_step, newest_version)
        event = NewEvent(row.source, f"replay:{new_id()}", row.payload, row.operation, row.hook_id)
        if payload is not None:
            event = NewEvent("api", event.dedupe, payload, row.operation)
        target = Target(row.workflow_id, row.live_version_id if newest_version else row.version_id)
        return await self._intake.accept(event, [target], mode=row.mode, replay=Replay(run_id, kept))

    def _repeated(self, run_id: str, from_step: bool, newest_version: bool) -> tuple[Any, Sequence[StepRecord]]:
        """The run, and the steps of it that are not done again."""
        with self._database.read() as session:
            row = self._replayable(session, run_id)
            if not from_step:
                return row, ()
            steps = load_records(session.connection(), [run_id])[run_id].records
            definition = session.get_one(Version, row.live_version_id if newest_version else row.version_id).definition
        return row, _kept(definition, steps)

    @staticmethod
    def _replayable(session: Session, run_id: str) -> Any:
        query = (
            select(
                Run.workflow_id,
                Run.version_id,
                Run.mode,
                Run.status,
                Event.source,
                Event.payload,
                Event.operation,
                Event.hook_id,
                func.coalesce(Workflow.live_version_id, Run.version_id).label("live_version_id"),
            )
            .join(Event, Event.id == Run.event_id)
            .join(Workflow, Workflow.id == Run.workflow_id)
            .where(Run.id == run_id)
        )
        row = session.execute(query).one_or_none()
        if row is None:
            raise NotFound("This run no longer exists.", run_id)
        if row.status in OPEN:
            raise Refused("It has not finished yet. Cancel it first, or wait.")
        return row

    @staticmethod
    def _explain(session: Session, run_id: str, otherwise: str) -> None:
        if session.get(Run, run_id) is None:
            raise NotFound("This run no longer exists.", run_id)
        raise Refused(otherwise)


def _kept(definition: Mapping[str, Any], steps: Mapping[str, StepRecord]) -> list[StepRecord]:
    """The finished steps that still stand in the definition, with the same kind and operation.

    A loop that did not finish is gone through again; its finished iterations are kept.
    """
    today = {step["key"]: (step["kind"], step.get("operation")) for _, step in walk(definition)}
    kept = [
        step
        for path, step in steps.items()
        if step.done and today.get(path.rpartition("/")[2]) == (step.kind, step.operation)
    ]
    return [replace(step, position=position) for position, step in enumerate(kept)]


def _update(session: Session, statement: Any) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)  # noqa: S101  an UPDATE always yields one
    return result.rowcount
