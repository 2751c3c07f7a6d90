"""Permissions (scopes) that workflows need of a connection, beside those that its service granted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from connectors._kit.model import Operation
from connectors._kit.registry import Registry
from engine.connections.model import Use
from engine.connections.usage import definitions


@dataclass(frozen=True, slots=True)
class Missing:
    """A permission that was not granted, and what needs it."""

    scope: str
    operation: str
    """Title of the operation."""
    workflow: Use


def missing(session: Session, registry: Registry, connection_id: str, granted: frozenset[str]) -> list[Missing]:
    """In the order of the workflows' names; each need once."""
    found: dict[tuple[str, str, str], Missing] = {}
    for use, definition in definitions(session):
        for operation in _operations(definition, connection_id, registry):
            for scope in operation.scopes:
                if scope not in granted:
                    need = Missing(scope, operation.title, use)
                    found.setdefault((scope, operation.id, use.workflow_id), need)
    return list(found.values())


def _operations(definition: Any, connection_id: str, registry: Registry) -> Iterator[Operation]:
    """Those that use the connection, wherever they stand."""
    if isinstance(definition, Mapping):
        name = definition.get("operation") if definition.get("connection") == connection_id else None
        operation = registry.find(name) if isinstance(name, str) else None
        if operation is not None:
            yield operation
        for value in definition.values():
            yield from _operations(value, connection_id, registry)
    elif isinstance(definition, list):
        for value in definition:
            yield from _operations(value, connection_id, registry)
