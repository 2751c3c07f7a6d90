"""Subscriptions: which switched-on workflow listens where. One row per workflow, replaced when it is published."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connectors._kit.model import Operation
from connectors._kit.registry import Registry
from connectors._kit.triggers import plan_of
from engine.clock import Clock
from engine.definition.model import trigger_input
from engine.errors import Invalid
from engine.hooks import Hooks
from engine.ids import new_id
from engine.storage.database import Database
from engine.storage.tables import PollItem, Subscription, Version

FRESH_SECONDS = 1.0
"""How long a process believes its own copy: what another process switches on or off takes effect within this."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A switched-on workflow that waits for `operation` on a hook."""

    workflow_id: str
    version_id: str
    operation: str


class Subscriptions:
    def __init__(self, database: Database, registry: Registry, hooks: Hooks, clock: Clock) -> None:
        self._database = database
        self._registry = registry
        self._hooks = hooks
        self._clock = clock
        self._by_hook: dict[str, list[Listener]] = {}
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def listeners(self, hook_id: str) -> Sequence[Listener]:
        """Who listens on a hook."""
        if not self._fresh():
            async with self._reading:
                if not self._fresh():
                    self._by_hook = await asyncio.to_thread(self._read)
                    self._read_at = asyncio.get_running_loop().time()
        return self._by_hook.get(hook_id, ())

    def changed(self) -> None:
        """Forget the copy in memory, after a commit that changed subscriptions."""
        self._read_at = 0.0

    def put(self, session: Session, workflow_id: str, version_id: str, definition: Mapping[str, Any]) -> None:
        """Subscribe a workflow by the trigger of this version, in place of what it listened to before.

        While the trigger stays the same, a poll goes on where it stands.
        """
        operation = self._registry.operation(definition["trigger"]["operation"])
        current = session.get(Subscription, workflow_id)
        if current is not None and _same_trigger(session, current, definition):
            current.version_id = version_id
            return
        if current is not None:
            session.execute(delete(PollItem).where(PollItem.workflow_id == workflow_id))
            session.delete(current)
            session.flush()
        session.add(self._new(session, workflow_id, version_id, operation, definition))

    def remove(self, session: Session, workflow_id: str) -> None:
        session.execute(delete(PollItem).where(PollItem.workflow_id == workflow_id))
        session.execute(delete(Subscription).where(Subscription.workflow_id == workflow_id))

    def _new(
        self, session: Session, workflow_id: str, version_id: str, operation: Operation, definition: Mapping[str, Any]
    ) -> Subscription:
        if operation.trigger is None:
            raise Invalid(f"“{operation.title}” cannot start a workflow.")
        mode, now, connection = operation.trigger.mode, self._clock(), definition["trigger"].get("connection")
        due = mode == "schedule" or plan_of(operation).looks(trigger_input(definition))
        return Subscription(
            workflow_id=workflow_id,
            series=new_id(),
            version_id=version_id,
            operation=operation.id,
            mode=mode,
            hook_id=self._hook_id(session, mode, workflow_id, connection),
            connection_id=connection,
            due_at=now if due else None,
            created_at=now,
        )

    def _hook_id(self, session: Session, mode: str, workflow_id: str, connection_id: str | None) -> str | None:
        if mode == "catch":
            return self._hooks.for_workflow(workflow_id, session=session).id
        if mode == "webhook" and connection_id:
            return self._hooks.for_connection(connection_id, session=session).id
        return None

    def _fresh(self) -> bool:
        return bool(self._read_at) and asyncio.get_running_loop().time() - self._read_at < FRESH_SECONDS

    def _read(self) -> dict[str, list[Listener]]:
        query = select(
            Subscription.hook_id, Subscription.workflow_id, Subscription.version_id, Subscription.operation
        ).where(Subscription.hook_id.is_not(None))
        by_hook: dict[str, list[Listener]] = {}
        with self._database.read() as session:
            for hook_id, *listener in session.execute(query):
                by_hook.setdefault(str(hook_id), []).append(Listener(*listener))
        return by_hook


def _same_trigger(session: Session, current: Subscription, definition: Mapping[str, Any]) -> bool:
    before = session.get_one(Version, current.version_id).definition
    return _what_it_listens_to(before) == _what_it_listens_to(definition)


def _what_it_listens_to(definition: Mapping[str, Any]) -> tuple[Any, ...]:
    trigger = definition["trigger"]
    return trigger["operation"], trigger.get("connection"), trigger.get("input", {}), definition.get("settings", {})
