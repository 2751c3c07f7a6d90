"""Published versions, ready to run. Versions never change, so each is read and compiled once per process."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from engine.definition.model import parse, trigger_input
from engine.errors import NotFound
from engine.run_state import Plan
from engine.storage.database import Database
from engine.storage.tables import Version, Workflow

KEPT = 1_000
"""Compiled versions kept in memory, least recently used first to go."""


TriggerOutput = Callable[[str, Any, Mapping[str, Any]], Any]
"""(operation id, payload of a hook, the trigger's input) → what the trigger gives to its workflow."""


class Plans:
    def __init__(self, database: Database, trigger_output: TriggerOutput) -> None:
        self._database = database
        self._trigger_output = trigger_output
        self._plans: OrderedDict[str, Plan] = OrderedDict()

    async def get(self, version_id: str) -> Plan:
        """The plan of a version. Raises NotFound."""
        plan = self._plans.get(version_id)
        if plan is None:
            plan = await asyncio.to_thread(self._load, version_id)
            self._plans[version_id] = plan
            while len(self._plans) > KEPT:
                self._plans.popitem(last=False)
        else:
            self._plans.move_to_end(version_id)
        return plan

    def forget(self, workflow_id: str) -> None:
        """Drop the plans of a workflow: after its name, which expressions can read, was changed."""
        for version_id in [key for key, plan in self._plans.items() if plan.workflow_id == workflow_id]:
            del self._plans[version_id]

    def trigger_data(self, definition: Mapping[str, Any], source: str, payload: Any) -> Any:
        """An event's payload as `{{ trigger }}` sees it in a run of this definition."""
        if source != "hook":
            return payload
        return self._trigger_output(definition["trigger"]["operation"], payload, trigger_input(definition))

    def _load(self, version_id: str) -> Plan:
        query = (
            select(Version.workflow_id, Version.definition, Workflow.name)
            .join(Workflow, Workflow.id == Version.workflow_id)
            .where(Version.id == version_id)
        )
        with self._database.read() as session:
            row = session.execute(query).one_or_none()
        if row is None:
            raise NotFound("This version of the workflow no longer exists.", version_id)
        return Plan(
            version_id,
            row.workflow_id,
            row.name,
            parse(row.definition),
            trigger_input(row.definition),
            self._trigger_output,
        )
