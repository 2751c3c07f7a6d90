"""Turns the rows of a polled list into items that can be told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

import orjson

from connectors._kit.context import PolledItem
from connectors._kit.errors import UnusableValue
from connectors._kit.expressions import compile_template
from connectors._kit.model import TriggerSpec
from connectors._kit.values import as_text

Scope = Mapping[str, Any]


class ItemPlan:
    """How a row becomes a PolledItem."""

    def __init__(self, trigger: TriggerSpec) -> None:
        self._key = compile_template(trigger.key)
        self._output = compile_template("{{ item }}" if trigger.output is None else trigger.output)
        self._digest = _digest(trigger.digest)

    def item(self, row: Any, scope: Scope) -> PolledItem:
        """`scope` holds response, input and connection. Raises ExpressionError when the row has no key."""
        inner = {**scope, "item": row}
        key = as_text(self._key.render(inner))
        if not key:
            raise UnusableValue("A row of the list has no key.")
        return PolledItem(key, self._digest(inner), self._output.render(inner, omit_missing=True))


def _digest(spec: tuple[str, ...] | str | bool) -> Callable[[Scope], str]:
    if isinstance(spec, str):
        template = compile_template(spec)
        return lambda scope: as_text(template.render(scope, omit_missing=True))
    if isinstance(spec, tuple):
        return lambda scope: _fingerprint([_field(scope["item"], name) for name in spec])
    return (lambda scope: _fingerprint(scope["item"])) if spec else (lambda scope: "")


def _field(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, Mapping) else None


def _fingerprint(value: Any) -> str:
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()
