"""Published versions and what a draft changes, as the browser lists them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.assembly import Stepline
from engine.definition.diff import Change, diff
from engine.definition.model import walk
from engine.workflows import WorkflowRecord

Json = dict[str, Any]
NAMES: Mapping[str, str] = {
    "operation": "Operation",
    "connection": "Account",
    "title": "Name",
    "note": "Note",
    "rules": "Rules",
    "match": "How rules count",
    "take": "Which paths are taken",
    "for": "How long",
    "until": "Until",
    "items": "List",
    "limit": "Most items",
    "retry": "Tries after faults",
    "on_uncertain": "When nobody can know",
    "if_none": "When nothing is found",
    "value": "Value",
}
LONGEST = 400


def versions(engine: Stepline, workflow: WorkflowRecord) -> list[Json]:
    """Newest first. `by` is who published it; "" where that is not known."""
    people = {person.id: person.name for person in engine.accounts.list_users()}
    return [
        {
            "number": version.number,
            "note": version.note,
            "at": version.created_at.isoformat(),
            "by": people.get(version.published_by or "", ""),
            "live": version.id == workflow.live_version_id,
            "steps": sum(1 for _ in walk(version.definition)),
        }
        for version in engine.versions.list(workflow.id)
    ]


def changes(engine: Stepline, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Json]:
    """From one definition to another, in words."""
    return [_change(engine, found, before, after) for found in diff(before, after)]


def _change(engine: Stepline, found: Change, before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    return {
        "kind": found.kind,
        "what": found.what,
        "step": found.step,
        "field": _field_name(engine, found, after) or _field_name(engine, found, before),
        "before": _text(engine, found, found.before),
        "after": _text(engine, found, found.after),
    }


def _field_name(engine: Stepline, found: Change, definition: Mapping[str, Any]) -> str:
    """The title that the field has in the step's form."""
    if found.field is None:
        return ""
    operation = engine.registry.find(_holder(found, definition).get("operation", ""))
    if operation is None:
        return NAMES.get(found.field, "")
    field: Mapping[str, Any] = operation.input_schema.get("properties", {}).get(found.field, {})
    return str(field.get("title") or NAMES.get(found.field) or found.field)


def _holder(found: Change, definition: Mapping[str, Any]) -> Mapping[str, Any]:
    if found.step is None:
        trigger: Mapping[str, Any] = definition["trigger"]
        return trigger
    return next((step for _, step in walk(definition) if step["key"] == found.step), {})


def _text(engine: Stepline, found: Change, value: Any) -> str:
    if value in (None, ""):
        return ""
    if found.field == "connection":
        return next((known.name for known in engine.connections.list() if known.id == value), "an account that is gone")
    if found.field == "operation":
        operation = engine.registry.find(value)
        return operation.title if operation else str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
