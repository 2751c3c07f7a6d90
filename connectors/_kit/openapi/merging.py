"""Puts several schemas into one: all of them at once (allOf), or whichever applies (oneOf of objects)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors._kit.openapi.document import Raw


def both(left: Raw, right: Raw) -> Raw:
    """A schema that asks for what both ask for; where they differ the right one wins."""
    if not left or not right:
        return left or right
    merged = {**left, **right}
    for keyword in ("properties", "patternProperties"):
        if isinstance(left.get(keyword), Mapping) and isinstance(right.get(keyword), Mapping):
            merged[keyword] = _joined_fields(left[keyword], right[keyword])
    required = [*_names(left), *_names(right)]
    if required:
        merged["required"] = list(dict.fromkeys(required))
    for keyword in ("oneOf", "anyOf"):
        if keyword in left and keyword in right:
            merged[keyword] = left[keyword]  # both choices at once cannot be said simply
    if left.get("additionalProperties") is False and "properties" in right:
        merged.pop("additionalProperties", None)
    return merged


def either(variants: Sequence[Raw]) -> dict[str, Any]:
    """An object with the fields of all variants; only what every variant requires is required."""
    properties: dict[str, Any] = {}
    for variant in variants:
        for name, field in (variant.get("properties") or {}).items():
            properties[name] = _either_field(properties[name], field) if name in properties else field
    required = set(_names(variants[0])).intersection(*(_names(variant) for variant in variants[1:]))
    united: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        united["required"] = [name for name in _names(variants[0]) if name in required]
    more = [one.get("additionalProperties") for one in variants]
    if any(isinstance(one, Mapping) or one is True for one in more):
        united["additionalProperties"] = True
    return united


def _either_field(left: Any, right: Any) -> Any:
    if left == right:
        return left
    choices = [value for side in (left, right) if isinstance(side, Mapping) for value in _choices(side)]
    if choices and all(isinstance(side, Mapping) and _choices(side) for side in (left, right)):
        return {"enum": choices} if "$ref" in left or "type" not in left else {"type": left["type"], "enum": choices}
    known = left["anyOf"] if isinstance(left, Mapping) and list(left) == ["anyOf"] else [left]
    return {"anyOf": known if right in known else [*known, right]}


def _choices(field: Raw) -> list[Any]:
    if "const" in field:
        return [field["const"]]
    enum = field.get("enum")
    return enum if isinstance(enum, list) else []


def _joined_fields(left: Raw, right: Raw) -> dict[str, Any]:
    joined = dict(left)
    for name, field in right.items():
        other = joined.get(name)
        if isinstance(other, Mapping) and isinstance(field, Mapping) and "$ref" not in other and "$ref" not in field:
            joined[name] = both(other, field)
        else:
            joined[name] = field
    return joined


def _names(schema: Raw) -> list[str]:
    required = schema.get("required")
    return [str(name) for name in required] if isinstance(required, list) else []
