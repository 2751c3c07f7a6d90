"""Paths: the run takes the first branch whose rules hold (or all such), or the one for everything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from engine.definition.model import Branch, PathsStep, Step
from engine.steps.context import StepContext
from engine.steps.verdict import GO_ON, GoOn, Stop, Verdict

RunBody = Callable[[Sequence[Step], str, StepContext], Awaitable[Verdict]]


async def run_paths(step: PathsStep, path: str, context: StepContext, run_body: RunBody) -> Verdict:
    now = context.tools.clock()
    record = context.state.record(path, step.kind, now)
    if not record.done:
        taken: dict[str, Any] = {"branches": [branch.key for branch in _taken(step, context)]}
        record.finish("succeeded", now, output=taken)
        context.state.changed(record)
    context.output(step.key, record.output)
    for branch in step.branches:
        if branch.key not in record.output["branches"]:
            continue
        verdict = await run_body(branch.steps, f"{path}/{branch.key}/", context)
        if not isinstance(verdict, GoOn | Stop):  # a filter in a branch ends that branch only
            return verdict
    return GO_ON


def _taken(step: PathsStep, context: StepContext) -> list[Branch]:
    taken: list[Branch] = []
    for branch in step.branches:
        if taken and (step.take == "first" or branch.rules is None):
            continue
        if branch.rules is None or context.holds(branch.rules, f"The path “{branch.title}”"):
            taken.append(branch)
    return taken
