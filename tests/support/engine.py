"""A small engine around scripted operations: real database, journal, runner and dispatcher; no network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from connectors._kit import parse
from connectors._kit.context import Credentials, Pace, Result
from connectors._kit.errors import Failure, FailureKind, OperationFailed
from connectors._kit.model import Operation, OperationKind
from engine.dispatch.leases import Leases
from engine.dispatch.local import LocalDispatcher
from engine.ids import new_id
from engine.intake import Accepted, Intake, NewEvent, Target
from engine.plans import Plans
from engine.runner import Runner
from engine.steps.context import Tools
from engine.storage.database import Database
from engine.storage.journal import Journal
from engine.storage.tables import Attempt, Run, StepRun, Version, Workflow
from tests.support.clock import SettableClock

__all__ = ["Harness", "ScriptedCalls", "failed", "operation"]

Script = Callable[[Mapping[str, Any]], Any]


def operation(operation_id: str, kind: str = "action", **values: Any) -> Operation:
    """An operation of a made-up connector: only what the engine looks at."""
    connector, resource, key = operation_id.split(".")
    data = {"kind": kind, "title": key, "description": "", "input_schema": {"type": "object"}, **values}
    return parse.operation(connector, resource, key, data)


def failed(kind: FailureKind, message: str = "It did not work.", **values: Any) -> OperationFailed:
    return OperationFailed(Failure(kind, message, **values))


OPERATIONS = {
    found.id: found
    for found in (
        operation("app.things.shape", pure=True, idempotent=True),
        operation("app.things.find", "search"),
        operation("app.things.put", idempotent=True),
        operation("app.things.add", idempotent=False),
    )
}


@dataclass
class ScriptedCalls:
    """Stands in for the connector kit: every operation answers with its input, or as scripted."""

    scripts: dict[str, Script] = field(default_factory=dict)
    made: list[tuple[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    _seen: dict[str, asyncio.Event] = field(default_factory=dict)

    async def called(self, operation_id: str) -> None:
        """Return once this operation has been called."""
        await self._seen.setdefault(operation_id, asyncio.Event()).wait()

    def count(self, operation_id: str) -> int:
        return sum(1 for made, _ in self.made if made == operation_id)

    async def execute(
        self,
        operation: Operation,
        input: Any,
        credentials: Credentials | None,
        *,
        idempotency_key: str,
        dry_run: bool = False,
        pace: Pace | None = None,
        workflow_id: str = "",
    ) -> Result:
        await asyncio.sleep(0)
        if dry_run and operation.kind is OperationKind.ACTION and not operation.pure:
            return Result({"simulated": True}, simulated=True)
        self.made.append((operation.id, input))
        self.keys.append(idempotency_key)
        self._seen.setdefault(operation.id, asyncio.Event()).set()
        output = self.scripts.get(operation.id, dict)(input)
        if asyncio.iscoroutine(output):
            output = await output
        if isinstance(output, Exception):
            raise output
        return output if isinstance(output, Result) else Result(output, found=bool(output))


class Harness:
    """`restart()` behaves like a new process on the same database."""

    def __init__(self, database: Database, clock: SettableClock) -> None:
        self.database = database
        self.clock = clock
        self.calls = ScriptedCalls()
        self.concurrency = 50
        self.new_journal: Callable[[Database], Journal] = Journal
        self.claims = False
        """Whether the dispatcher looks for runs by itself, which it then does only when something tells it to."""
        self.refusals: list[tuple[str, str]] = []
        self._open()

    def _open(self) -> None:
        owner = new_id()
        self.journal = self.new_journal(self.database)
        self.plans = Plans(self.database, lambda _operation, payload, _input: payload)
        tools = Tools(OPERATIONS.__getitem__, self._credentials, self.calls, self._refused, self.clock, Random(7))
        self.dispatcher = LocalDispatcher(
            Runner(tools, self.journal, owner),
            Leases(self.database, owner, timedelta(seconds=60)),
            self.plans,
            self.clock,
            owner=owner,
            concurrency=self.concurrency,
            tick=3600,
            claims=self.claims,
        )
        self.intake = Intake(self.journal, self.dispatcher, self.plans, self.clock)

    async def start(self) -> None:
        self.journal.start()
        await self.dispatcher.start()

    async def stop(self) -> None:
        await self.dispatcher.stop(grace=0)
        self.journal.close()

    async def crash(self) -> None:
        """End like a killed process: whatever was not committed is gone, nothing is released."""
        self.journal.close()
        for task in list(self.dispatcher._tasks.values()):
            task.cancel()
        await asyncio.sleep(0)
        for loop in self.dispatcher._loops:
            loop.cancel()

    async def restart(self) -> None:
        self._open()
        await self.start()

    def workflow(self, *steps: dict[str, Any], **parts: Any) -> Target:
        """A switched-on workflow with these steps."""
        workflow_id, version_id, now = new_id(), new_id(), self.clock()
        definition = {"trigger": {"operation": "app.things.made"}, "steps": list(steps), **parts}
        with self.database.write() as session:
            session.add(
                Workflow(
                    id=workflow_id,
                    name="Welcome",
                    enabled=True,
                    draft=definition,
                    live_version_id=version_id,
                    created_at=now,
                    updated_at=now,
                )
            )
            session.flush()
            session.add(
                Version(
                    id=version_id,
                    workflow_id=workflow_id,
                    number=1,
                    draft_revision=1,
                    definition=definition,
                    created_at=now,
                )
            )
        return Target(workflow_id, version_id)

    async def accept(self, target: Target, payload: Any = None, *, dedupe: str = "", **values: Any) -> Accepted:
        event = NewEvent("api", dedupe or new_id(), payload or {})
        return await self.intake.accept(event, [target], **values)

    async def run(self, target: Target, payload: Any = None, **values: Any) -> Run:
        """Accept an event and let its run go as far as it can."""
        accepted = await self.accept(target, payload, **values)
        await self.dispatcher.idle()
        return self.row(accepted.run_ids[0])

    async def later(self, run: Run, **duration: float) -> Run:
        """Move the clock and let everything go on that is due then."""
        self.clock.forward(**duration)
        await self.dispatcher.claim_due()
        await self.dispatcher.idle()
        return self.row(run.id)

    def runs(self, event_id: str) -> list[Run]:
        """All runs of an event."""
        with self.database.read() as session:
            return list(session.scalars(select(Run).where(Run.event_id == event_id)))

    def row(self, run_id: str) -> Run:
        with self.database.read() as session:
            return session.get_one(Run, run_id)

    def steps(self, run: Run) -> dict[str, StepRun]:
        """The step runs by path, in the order of the timeline."""
        query = select(StepRun).where(StepRun.run_id == run.id).order_by(StepRun.position)
        with self.database.read() as session:
            return {step.path: step for step in session.scalars(query)}

    def attempts(self, run: Run) -> list[Attempt]:
        query = select(Attempt).where(Attempt.run_id == run.id).order_by(Attempt.path, Attempt.number)
        with self.database.read() as session:
            return list(session.scalars(query))

    def _refused(self, connection_id: str, message: str) -> None:
        self.refusals.append((connection_id, message))

    @staticmethod
    async def _credentials(connection_id: str) -> Credentials:
        return Credentials(connection_id, "app", "none", {})
