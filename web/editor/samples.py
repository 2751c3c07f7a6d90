"""Sample data for mapping: what expressions see, from real runs where there are some."""

from __future__ import annotations

from typing import Any

from engine.assembly import Stepline
from engine.runs import RunDetail, RunSummary
from engine.workflows import WorkflowRecord

Json = dict[str, Any]
OFFERED = 20
"""Runs to choose from."""


def of_workflow(engine: Stepline, workflow: WorkflowRecord, run_id: str | None) -> Json:
    """The scope of expressions, which of its parts are real, and the runs whose data can be chosen instead.

    {"run": id or None, "runs": [...], "scope": {...}, "real": ["trigger", step keys…]}
    """
    runs = engine.runs.list(workflow_id=workflow.id, limit=OFFERED).items
    found = engine.samples.of(workflow)
    scope, real = found.scope, set(found.real)
    detail = engine.runs.get(run_id) if run_id else None
    if detail is not None and detail.run.workflow_id == workflow.id:
        outputs = _outputs(detail)
        scope = {**scope, "trigger": engine.samples.trigger_of(detail.run.id), "steps": {**scope["steps"], **outputs}}
        real |= {"trigger", *outputs}
    return {"run": run_id, "runs": [_summary(run) for run in runs], "scope": scope, "real": sorted(real)}


def _summary(run: RunSummary) -> Json:
    return {
        "id": run.id,
        "subject": run.subject,
        "status": run.status,
        "mode": run.mode,
        "at": run.created_at.isoformat(),
    }


def _outputs(detail: RunDetail) -> Json:
    """By step key; of a step in a loop, what its first item gave."""
    found: Json = {}
    for step in detail.steps:
        if step.status == "succeeded" and step.output is not None:
            found.setdefault(step.key, step.output)
    return found
