"""A filter lets the run through when its rules hold, and ends its body when they do not."""

from __future__ import annotations

from engine.definition.model import FilterStep
from engine.steps.context import StepContext
from engine.steps.verdict import GO_ON, Stop, Verdict


def run_filter(step: FilterStep, path: str, context: StepContext) -> Verdict:
    now = context.tools.clock()
    record = context.state.record(path, step.kind, now)
    if not record.done:
        record.finish("succeeded", now, output={"passed": context.holds(step.rules, f"The filter “{step.title}”")})
        context.state.changed(record)
    context.output(step.key, record.output)
    return GO_ON if record.output["passed"] else Stop(f"“{step.title}” did not let it through.")
