"""Stored workflows, events and runs for tests that only look at them."""

from __future__ import annotations

from typing import Any

from engine.clock import Clock
from engine.ids import new_id
from engine.storage.database import Database
from engine.storage.tables import Attempt, Base, Event, Run, StepRun, Version, Workflow


class History:
    """Writes rows as the engine would have."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def workflow(self, name: str = "Welcome", definition: dict[str, Any] | None = None) -> str:
        """With one published version. Returns the workflow's id."""
        now, workflow_id, version_id = self._clock(), new_id(), new_id()
        definition = definition or {"trigger": {"operation": "webhook.hooks.received"}, "steps": []}
        workflow = Workflow(
            id=workflow_id,
            name=name,
            draft=definition,
            live_version_id=version_id,
            created_at=now,
            updated_at=now,
        )
        version = Version(
            id=version_id,
            workflow_id=workflow_id,
            number=1,
            draft_revision=1,
            definition=definition,
            created_at=now,
        )
        self._store(workflow)
        self._store(version)
        return workflow_id

    def event(self, payload: Any = None, **columns: Any) -> str:
        event = Event(id=new_id(), dedupe=new_id(), created_at=self._clock(), payload=payload or {})
        for name, value in {"source": "hook", "status": "accepted", **columns}.items():
            setattr(event, name, value)
        self._store(event)
        return event.id

    def run(
        self,
        workflow_id: str,
        status: str = "succeeded",
        *,
        event_id: str | None = None,
        payload: Any = None,
        step_path: str | None = None,
    ) -> str:
        with self._database.read() as session:
            version_id = session.get_one(Workflow, workflow_id).live_version_id
        run = Run(
            id=new_id(),
            workflow_id=workflow_id,
            version_id=version_id,
            event_id=event_id or self.event(payload),
            status=status,
            step_path=step_path,
            created_at=self._clock(),
            started_at=self._clock(),
        )
        self._store(run)
        return run.id

    def step(self, run_id: str, path: str, position: int, **columns: Any) -> None:
        step = StepRun(run_id=run_id, path=path, position=position, started_at=self._clock())
        for name, value in {"kind": "action", "status": "succeeded", **columns}.items():
            setattr(step, name, value)
        self._store(step)

    def attempt(self, run_id: str, path: str, number: int, **columns: Any) -> None:
        attempt = Attempt(run_id=run_id, path=path, number=number, started_at=self._clock())
        for name, value in {"status": "succeeded", **columns}.items():
            setattr(attempt, name, value)
        self._store(attempt)

    def _store(self, row: Base) -> None:
        with self._database.write() as session:
            session.add(row)
