"""Everything the editor's page starts with."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.assembly import Stepline
from engine.workflows import WorkflowRecord
from web import statuses
from web.editor import describe, drafts

Json = dict[str, Any]
MODULES = Path(__file__).parent.parent / "static" / "js" / "editor"


def state(engine: Stepline, workflow: WorkflowRecord) -> Json:
    """The definition with what the browser needs to draw it; details of operations come when they are asked for."""
    registry = engine.registry
    return {
        "workflow": {"id": workflow.id, "description": workflow.description, **drafts.standing(engine, workflow)},
        "definition": workflow.draft,
        "operations": describe.used_operations(workflow.draft, registry),
        "connectors": {found.key: describe.connector(found) for found in registry.connectors.values()},
        "connections": describe.connections(engine.connections.list()),
        "filters": describe.filters(),
        "choices": describe.choices(),
        "kinds": {kind: asdict(look) for kind, look in statuses.KIND.items()},
    }


def modules() -> list[str]:
    """The editor's scripts, so that the browser fetches them all at once instead of one import after the other."""
    return sorted(file.name for file in MODULES.glob("*.js"))
