"""Sample data for editing and testing: what `{{ … }}` would see, from real runs where there are some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from connectors._kit.errors import ExpressionError, UnknownOperation
from connectors._kit.registry import Registry
from engine.definition.model import setting_value, walk
from engine.errors import NotFound
from engine.plans import Plans
from engine.steps.operation import seen_output
from engine.storage.database import Database
from engine.storage.tables import Event, Run, StepRun, Version
from engine.workflows import WorkflowRecord

SEEN_RUNS = 5
"""How many of the latest runs are searched for a real output of each step."""


@dataclass(frozen=True, slots=True)
class Samples:
    """`scope` is what expressions see; `real` names its parts ("trigger", step keys) that come from a real run."""

    scope: dict[str, Any]
    real: frozenset[str]


class SampleData:
    def __init__(self, database: Database, registry: Registry, plans: Plans) -> None:
        self._database = database
        self._registry = registry
        self._plans = plans

    def of(self, workflow: WorkflowRecord, trigger: Any = None) -> Samples:
        """Samples for the workflow's draft. `trigger` replaces the trigger's data.

        A step's output is the newest real one, else the sample of its operation. Inside a loop, the item is the
        first of the list.
        """
        outputs = self._outputs(workflow.id)
        last = self.last_trigger(workflow.id) if trigger is None else trigger
        steps = {
            step["key"]: self._output(step, outputs)
            for _, step in walk(workflow.draft)
            if isinstance(step.get("key"), str)
        }
        settings = workflow.draft.get("settings", {})
        scope = {
            "trigger": last if last is not None else self._sample(workflow.draft.get("trigger", {})),
            "steps": {key: output for key, output in steps.items() if output is not None},
            "workflow": {
                "id": workflow.id,
                "name": workflow.name,
                "settings": {key: setting_value(setting) for key, setting in settings.items()},
            },
            "run": {"id": "0" * 32, "started_at": workflow.updated_at.isoformat(), "mode": "test"},
        }
        real = {key for key in steps if key in outputs}
        return Samples(scope, frozenset(real | ({"trigger"} if last is not None else set())))

    def trigger_of(self, run_id: str) -> Any:
        """What `{{ trigger }}` was in a run. Raises NotFound."""
        triggers = self._triggers(Run.id == run_id)
        if not triggers:
            raise NotFound("This run no longer exists.", run_id)
        return triggers[0]

    def last_trigger(self, workflow_id: str) -> Any:
        """What `{{ trigger }}` was in the newest run of a workflow; None if there is none."""
        return next(iter(self._triggers(Run.workflow_id == workflow_id)), None)

    def _triggers(self, condition: ColumnElement[bool]) -> list[Any]:
        """The trigger's data in the newest run of these; empty if there is none."""
        query = (
            select(Event.source, Event.payload, Version.definition)
            .join(Run, Run.event_id == Event.id)
            .join(Version, Version.id == Run.version_id)
            .where(condition)
            .order_by(Run.id.desc())
            .limit(1)
        )
        with self._database.read() as session:
            found = session.execute(query).all()
        return [self._as_seen(*row) for row in found]

    def _as_seen(self, source: str, payload: Any, definition: Mapping[str, Any]) -> Any:
        """As it arrived where the trigger cannot read it any more."""
        try:
            return self._plans.trigger_data(definition, source, payload)
        except (ExpressionError, UnknownOperation):
            return payload

    def _output(self, step: Mapping[str, Any], outputs: Mapping[str, Any]) -> Any:
        if step["kind"] == "loop":
            return {"item": {}, "index": 0, "number": 1, **(outputs.get(step["key"]) or {})}
        if step["key"] in outputs:
            return outputs[step["key"]]
        sample = self._sample(step)
        return None if sample is None else seen_output(step["kind"], sample, found=True)

    def _sample(self, holder: Mapping[str, Any]) -> Any:
        operation = self._registry.find(holder.get("operation", ""))
        return operation.sample if operation else None

    def _outputs(self, workflow_id: str) -> dict[str, Any]:
        """The newest output of every step that succeeded lately, by key."""
        latest = select(Run.id).where(Run.workflow_id == workflow_id, Run.mode != "dry")
        latest = latest.order_by(Run.id.desc()).limit(SEEN_RUNS)
        query = (
            select(StepRun.path, StepRun.output)
            .where(StepRun.run_id.in_(latest.scalar_subquery()), StepRun.status == "succeeded")
            .order_by(StepRun.run_id.desc(), StepRun.position)
        )
        found: dict[str, Any] = {}
        with self._database.read() as session:
            for path, output in session.execute(query):
                found.setdefault(path.rpartition("/")[2], output)
        return found
