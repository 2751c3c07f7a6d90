"""The values of a dropdown that come from an app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors._kit.errors import ExpressionError
from connectors._kit.expressions import compile_template, texts
from connectors._kit.model import Operation, OperationKind
from connectors._kit.registry import Registry
from engine.assembly import Stepline
from engine.errors import Invalid, NotFound

Json = dict[str, Any]
PAGE = 200


async def look_up(
    engine: Stepline,
    operation_id: str,
    connection_id: str | None,
    given: Mapping[str, Any],
    *,
    source: Mapping[str, Any],
    text: str = "",
    offset: int = 0,
) -> Json:
    """One page of {"value", "label"} whose label or value holds `text`, and whether there are more.

    `source` is the `input` of an `x-options`: templates over {input}, where `given` is what the step's other fields
    hold. Raises Invalid while a field that the choice depends on is still open.
    """
    operation = _options_operation(engine.registry, operation_id)
    credentials = await engine.connections.fresh(connection_id) if connection_id else None
    found = await engine.caller.options(operation, _input(source, given), credentials)
    words = text.casefold().split()
    hits = [entry for entry in found if _holds(entry, words)]
    return {"options": hits[offset : offset + PAGE], "more": len(hits) > offset + PAGE, "total": len(hits)}


def _options_operation(registry: Registry, operation_id: str) -> Operation:
    operation = registry.find(operation_id)
    if operation is None or operation.kind is not OperationKind.OPTIONS:
        raise NotFound("This list of choices no longer exists.", operation_id)
    return operation


def _input(source: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values that come from a run's data are not known yet and cannot narrow a list down."""
    fixed = {name: value for name, value in given.items() if value != "" and not any(True for _ in texts(value))}
    try:
        rendered: Mapping[str, Any] = compile_template(dict(source)).render({"input": fixed})
    except ExpressionError:
        raise Invalid("Fill in the field that this list depends on first.") from None
    return rendered


def _holds(entry: Mapping[str, Any], words: list[str]) -> bool:
    text = f"{entry['label']} {entry['value']}".casefold()
    return all(word in text for word in words)
