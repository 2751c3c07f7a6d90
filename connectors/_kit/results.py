"""What an operation gives, from a good answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors._kit.calls import Call, Reply
from connectors._kit.context import Result
from connectors._kit.errors import ExpressionError
from connectors._kit.model import OperationKind
from connectors._kit.plans import OperationPlan
from connectors._kit.values import as_text


def result_of(plan: OperationPlan, call: Call, reply: Reply) -> Result:
    """The output of a good answer. A write that happened is never turned into a failure by its output template."""
    operation = plan.operation
    exchanges = tuple(call.exchanges)
    if reply.found is False:
        return Result(None, exchanges, found=False)
    try:
        output = _output(plan, reply)
    except ExpressionError as error:
        if operation.effect.endswith("write"):
            return Result(reply.answer.body, exchanges)
        raise call.unexpected(error) from error
    if operation.kind is not OperationKind.SEARCH:
        return Result(output, exchanges)
    return Result(output, exchanges, found=was_found(plan, reply.scope, output))


def _output(plan: OperationPlan, reply: Reply) -> Any:
    if plan.output is not None:
        return plan.output.render(reply.scope, omit_missing=True)
    if "items" in reply.scope:
        items = reply.scope["items"]
        return {"items": items, "count": len(items)}
    return reply.answer.body


def entry_of(plan: OperationPlan, scope: Mapping[str, Any]) -> dict[str, Any]:
    """{"value", "label"} of a dropdown's row, which is `item` in the scope, and "field" where rows stand for fields."""
    value, label, field = plan.option
    entry = {"value": value.render(scope), "label": as_text(label.render(scope))}
    return entry if field is None else {**entry, "field": field.render(scope, omit_missing=True)}


def was_found(plan: OperationPlan, scope: Mapping[str, Any], output: Any) -> bool:
    if plan.found is None:
        return bool(output)
    try:
        return bool(plan.found.render({**scope, "output": output}, omit_missing=True))
    except ExpressionError:
        return False
