"""Try one step of a draft with sample data, without a run: what goes in, what comes out, and whether it fits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from connectors._kit.caller import Caller
from connectors._kit.errors import (
    ExpressionError,
    Failure,
    FailureKind,
    InputInvalid,
    MissingValue,
    OperationFailed,
)
from connectors._kit.exchange import Exchange
from connectors._kit.model import Operation
from connectors._kit.registry import Registry
from connectors._kit.schema import compile_schema
from engine.connections import Connections
from engine.definition.model import OperationStep, parse, walk
from engine.errors import NotFound, Problem, Refused
from engine.ids import new_id
from engine.samples import SampleData
from engine.steps.operation import seen_output
from engine.workflows import Workflows


@dataclass(frozen=True, slots=True)
class StepTest:
    """What trying a step showed. `mismatches` are places where the answer is not what the operation promises."""

    input: Mapping[str, Any]
    output: Any = None
    failure: Failure | None = None
    field: str | None = None
    """The input field that could not be filled, if that is why it failed."""
    exchanges: Sequence[Exchange] = ()
    simulated: bool = False
    mismatches: Sequence[Problem] = ()

    @property
    def ok(self) -> bool:
        return self.failure is None


class StepTests:
    def __init__(
        self, registry: Registry, workflows: Workflows, connections: Connections, samples: SampleData, caller: Caller
    ) -> None:
        self._registry = registry
        self._workflows = workflows
        self._connections = connections
        self._samples = samples
        self._caller = caller

    async def try_step(
        self,
        workflow_id: str,
        key: str,
        *,
        dry: bool,
        trigger: Any = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> StepTest:
        """Run one action or search of the draft. `dry` sends no write.

        `trigger` replaces the sample event, `outputs` (by step key) what the samples say that earlier steps gave.
        Never raises for what the step does. Raises NotFound, or Refused for a step that calls nothing.
        """
        workflow = await asyncio.to_thread(self._workflows.get, workflow_id)
        step = self._step(workflow.draft, key)
        operation = self._registry.operation(step.operation)
        scope = (await asyncio.to_thread(self._samples.of, workflow, trigger)).scope
        scope["steps"] |= outputs or {}
        values: dict[str, Any] = {}
        for name, template in step.input.items():
            try:
                values[name] = template.render(scope)
            except ExpressionError as error:
                return StepTest(values, failure=_unfilled(error), field=name)
        return await self._call(operation, step, values, dry)

    async def _call(self, operation: Operation, step: OperationStep, values: dict[str, Any], dry: bool) -> StepTest:
        try:
            credentials = await self._connections.fresh(step.connection) if step.connection else None
            result = await self._caller.execute(operation, values, credentials, idempotency_key=new_id(), dry_run=dry)
        except InputInvalid as error:
            field = error.problems[0].pointer.split("/")[1] if error.problems else None
            return StepTest(values, failure=Failure(FailureKind.CONFIG, str(error)), field=field)
        except OperationFailed as error:
            return StepTest(values, failure=error.failure, exchanges=error.exchanges)
        mismatches = () if result.simulated or result.found is False else _mismatches(operation, result.output)
        return StepTest(
            values,
            seen_output(step.kind, result.output, found=bool(result.found)),
            exchanges=result.exchanges,
            simulated=result.simulated,
            mismatches=mismatches,
        )

    @staticmethod
    def _step(draft: Mapping[str, Any], key: str) -> OperationStep:
        for _, step in walk(draft):
            if step.get("key") == key:
                if step["kind"] not in ("action", "search"):
                    raise Refused("Only actions and searches can be tested alone. Test the whole workflow instead.")
                alone = parse({"trigger": draft["trigger"], "steps": [step]})
                return cast(OperationStep, alone.steps[0])
        raise NotFound("This step is not in the draft any more.", key)


def _unfilled(error: ExpressionError) -> Failure:
    message = str(error)
    if isinstance(error, MissingValue):
        message = f"The sample data has no value for {{{{ {error.name} }}}}."
    return Failure(
        FailureKind.CONFIG, message, remedy="Test the step before it, choose another field, or make it optional."
    )


def _mismatches(operation: Operation, output: Any) -> Sequence[Problem]:
    problems = compile_schema(operation.output_schema).problems(output)
    return [Problem(problem.message, problem.pointer) for problem in problems]
