"""Drafts that arrive from the browser: their shape, how they are stored, and what the browser is told afterwards."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from connectors._kit.registry import Registry
from engine.assembly import Stepline
from engine.definition.model import walk
from engine.definition.shape import shape_problems
from engine.errors import Invalid, Problem
from engine.workflows import WorkflowRecord
from web.editor import describe

Json = dict[str, Any]


def must_have_shape(definition: Mapping[str, Any]) -> None:
    """Raises Invalid unless pages and the runner can read it. A draft may be unfinished, but never malformed."""
    problems = shape_problems(definition)
    if problems:
        raise Invalid(f"This draft cannot be stored. {problems[0].message}", problems)


def save(engine: Stepline, workflow_id: str, definition: Mapping[str, Any], revision: int) -> Json:
    """Raises Invalid, NotFound, or Conflict when the draft is no longer at `revision`."""
    must_have_shape(definition)
    return standing(engine, engine.versions.save_draft(workflow_id, definition, revision))


def stored(engine: Stepline, workflow: WorkflowRecord) -> Json:
    """The draft as it is on the server, with what the browser needs to draw it."""
    known = describe.used_operations(workflow.draft, engine.registry)
    return {"definition": workflow.draft, "operations": known, **standing(engine, workflow)}


def standing(engine: Stepline, workflow: WorkflowRecord) -> Json:
    """Where the draft stands: its revision, what is live, and what is still to mend."""
    return {
        "revision": workflow.draft_revision,
        "enabled": workflow.enabled,
        "name": workflow.name,
        "live_number": workflow.live_number,
        "draft_is_live": workflow.draft_is_live,
        "problems": [
            {**problem.as_dict(), "field_title": _field_title(engine.registry, workflow.draft, problem)}
            for problem in engine.versions.problems(workflow.id)
        ],
    }


def _field_title(registry: Registry, draft: Mapping[str, Any], problem: Problem) -> str:
    """Title of the field of an operation that a problem is about; empty for all others."""
    _, _, place = problem.pointer.partition("/input/")
    steps = {step["key"]: step for _, step in walk(draft)}
    holder = steps.get(problem.step) if problem.step else draft["trigger"]
    operation = registry.find((holder or {}).get("operation", ""))
    fields = operation.input_schema.get("properties", {}) if operation else {}
    return str(fields.get(place.partition("/")[0], {}).get("title", ""))


def pasted(steps: Sequence[Any], connections: Mapping[str, str]) -> list[Json]:
    """Steps from a clipboard, ready to be put in: accounts that this server does not have are left open.

    Raises Invalid when they are no steps.
    """
    taken = copy.deepcopy(list(steps))
    must_have_shape({"trigger": {"operation": "a.b.c"}, "steps": taken})
    for _, step in walk({"steps": taken}):
        if "connection" in step and connections.get(step["connection"]) != step["operation"].partition(".")[0]:
            step["connection"] = None
    return taken
