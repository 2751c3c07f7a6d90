"""A body: steps one after the other, each either reused from the journal or executed."""

from __future__ import annotations

from collections.abc import Sequence

from connectors._kit.errors import Failure
from engine.definition.model import DelayStep, FilterStep, LoopStep, OperationStep, PathsStep, Step
from engine.steps.context import StepContext, StepFailed
from engine.steps.delay import run_delay
from engine.steps.filter import run_filter
from engine.steps.loop import run_loop
from engine.steps.operation import run_operation
from engine.steps.paths import run_paths
from engine.steps.verdict import GO_ON, Fail, GoOn, Verdict


async def run_body(steps: Sequence[Step], prefix: str, context: StepContext) -> Verdict:
    """Run `steps` in order until one does not say GoOn. `prefix` is "" or ends with a slash."""
    for step in steps:
        verdict = await _run_step(step, f"{prefix}{step.key}", context)
        if not isinstance(verdict, GoOn):
            return verdict
    return GO_ON


async def _run_step(step: Step, path: str, context: StepContext) -> Verdict:
    try:
        match step:
            case OperationStep():
                return await run_operation(step, path, context)
            case FilterStep():
                return run_filter(step, path, context)
            case DelayStep():
                return run_delay(step, path, context)
            case PathsStep():
                return await run_paths(step, path, context, run_body)
            case LoopStep():
                return await run_loop(step, path, context, run_body)
    except StepFailed as error:
        return _fail(step, path, context, error.failure)
    raise TypeError(f"no executor for {type(step).__name__}")


def _fail(step: Step, path: str, context: StepContext, failure: Failure) -> Fail:
    now, error = context.tools.clock(), failure.as_dict()
    record = context.state.record(path, step.kind, now)
    record.finish("failed", now, error=error)
    context.state.changed(record)
    return Fail(path, f"“{step.title}”: {failure.message}", error)
