"""Which workflows use which connections, wherever in the definition they name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.connections.model import Use
from engine.storage.tables import Version, Workflow


def uses(session: Session) -> dict[str, list[Use]]:
    """By connection id, in the order of the workflows' names. Drafts and live versions count."""
    found: dict[str, dict[str, Use]] = {}
    for use, definition in definitions(session):
        for connection_id in _named(definition):
            found.setdefault(connection_id, {})[use.workflow_id] = use
    return {connection_id: list(by_workflow.values()) for connection_id, by_workflow in found.items()}


def definitions(session: Session) -> Iterator[tuple[Use, Any]]:
    """The draft and the live version of every workflow, in the order of the workflows' names."""
    query = (
        select(Workflow.id, Workflow.name, Workflow.enabled, Workflow.draft, Version.definition)
        .outerjoin(Version, Version.id == Workflow.live_version_id)
        .order_by(func.lower(Workflow.name), Workflow.id)
    )
    for workflow_id, name, enabled, draft, live in session.execute(query):
        use = Use(workflow_id, name, enabled)
        yield use, draft
        if live is not None:
            yield use, live


def _named(definition: Any) -> Iterator[str]:
    """Every text that stands under the name `connection`, however deep."""
    if isinstance(definition, Mapping):
        if isinstance(connection_id := definition.get("connection"), str):
            yield connection_id
        for value in definition.values():
            yield from _named(value)
    elif isinstance(definition, list):
        for value in definition:
            yield from _named(value)
