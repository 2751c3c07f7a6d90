"""A loop runs its body once per item; every iteration has its own place in the run's timeline."""

from __future__ import annotations

from typing import Any

from connectors._kit.errors import Failure, FailureKind
from engine.definition.model import LoopStep
from engine.steps.context import StepContext, StepFailed
from engine.steps.paths import RunBody
from engine.steps.verdict import GO_ON, Fail, GoOn, Stop, Verdict


async def run_loop(step: LoopStep, path: str, context: StepContext, run_body: RunBody) -> Verdict:
    now = context.tools.clock()
    record = context.state.record(path, step.kind, now)
    if not record.done:
        items = _items(step, context)
        record.input = {"count": len(items)}
        context.state.changed(record)
        for index, item in enumerate(items):
            context.output(step.key, {"item": item, "index": index, "number": index + 1})
            verdict = await run_body(step.steps, f"{path}/{index}/", context)
            if isinstance(verdict, Fail):
                record.finish("failed", context.tools.clock(), error=verdict.error)
            if not isinstance(verdict, GoOn | Stop):  # a filter in a loop ends that iteration only
                return verdict
        record.finish("succeeded", context.tools.clock(), output={"count": len(items)})
        context.state.changed(record)
    context.output(step.key, record.output)
    return GO_ON


def _items(step: LoopStep, context: StepContext) -> list[Any]:
    value = context.render(step.items, f"The list of “{step.title}”")
    if value is None:
        return []
    if not isinstance(value, list):
        raise StepFailed(
            Failure(
                FailureKind.CONFIG,
                f"The loop needs a list, but got {_named(value)}.",
                remedy="Choose a field that holds a list, or split a text with the filter “Split”.",
            )
        )
    if len(value) > step.limit:
        raise StepFailed(
            Failure(
                FailureKind.CONFIG,
                f"The list has {len(value):,} items; this loop stops at {step.limit:,}.",
                remedy="Raise the loop's limit, or filter the list first.",
            )
        )
    return value


def _named(value: Any) -> str:
    if isinstance(value, str):
        return f"the text “{value[:80]}”" if value else "an empty text"
    return "a group of fields" if isinstance(value, dict) else f"“{value}”"
