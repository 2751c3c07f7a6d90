"""Turns the rows of a polled list into items that can be told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

import orjson

from connectors._kit.context import PolledItem
from connectors._kit.errors import UnusableValue
from connectors._kit.expressions import compile_template
from connectors._kit.model import PollSpec
from connectors._kit.values import as_text

Scope = Mapping[str, Any]

LONGEST_KEY = 200
LONGEST_DIGEST = 64


class Identity:
    """What tells one thing from another (key) and its states apart (digest). `of_row`: a digest's names are fields
    of `item`, else of `output`.
    """

    def __init__(self, spec: PollSpec, *, of_row: bool) -> None:
        self._key = compile_template(spec.key)
        self._digest = _digest(spec.digest, "item" if of_row else "output")

    def of(self, scope: Scope) -> tuple[str, str]:
        """(key, digest), neither longer than can be stored. Raises ExpressionError when there is no key."""
        key = as_text(self._key.render(scope))
        if not key:
            raise UnusableValue("A row of the list has no key.")
        if len(key) > LONGEST_KEY:
            key = f"{key[: LONGEST_KEY - 30]}#{_fingerprint(key)}"
        digest = self._digest(scope)
        return key, digest if len(digest) <= LONGEST_DIGEST else _fingerprint(digest)


class ItemPlan:
    """How a row becomes a PolledItem."""

    def __init__(self, spec: PollSpec, *, of_row: bool) -> None:
        self._when = compile_template(spec.when) if spec.when else None
        self._output = compile_template("{{ item }}" if spec.output is None else spec.output)
        self._identity = Identity(spec, of_row=of_row)

    def item(self, row: Any, scope: Scope) -> PolledItem | None:
        """None for a row that does not count. `scope` holds response, input and connection.

        Raises ExpressionError when the row has no key.
        """
        inner = {**scope, "item": row}
        if self._when is not None and not self._when.render(inner, omit_missing=True):
            return None
        inner["output"] = self._output.render(inner, omit_missing=True)
        key, digest = self._identity.of(inner)
        return PolledItem(key, digest, inner["output"])


def _digest(spec: tuple[str, ...] | str | bool, source: str) -> Callable[[Scope], str]:
    if isinstance(spec, str):
        template = compile_template(spec)
        return lambda scope: as_text(template.render(scope, omit_missing=True))
    if isinstance(spec, tuple):
        return lambda scope: _fingerprint([_field(scope[source], name) for name in spec])
    return (lambda scope: _fingerprint(scope[source])) if spec else (lambda scope: "")


def _field(item: Any, name: str) -> Any:
    """A field that is empty is as good as one that is missing: services differ in that from answer to answer."""
    value = item.get(name) if isinstance(item, Mapping) else None
    return None if value in ("", [], {}) else value


def _fingerprint(value: Any) -> str:
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()
