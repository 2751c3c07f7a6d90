"""Brings values into the shape a schema asks for, only where nothing is lost.

Expressions often give text where a number is wanted, or one tag where a list is wanted. An optional field that is
empty is left out: that is what `{{ trigger.phone | default('') }}` is meant to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0"))


def fit(schema: Any, value: Any) -> Any:
    """The fitted value; what cannot be fitted stays as it is, for the validation to name."""
    if not isinstance(schema, Mapping):
        return value
    wanted = schema.get("type")
    types = [wanted] if isinstance(wanted, str) else list(wanted or ())
    if isinstance(value, Mapping):
        return _fit_object(schema, value)
    if isinstance(value, list):
        items = schema.get("items")
        return [fit(items, item) for item in value] if isinstance(items, Mapping) else value
    if not types or any(_is(kind, value) for kind in types):
        return value
    for kind in types:
        fitted = _convert(kind, value, schema)
        if fitted is not None:
            return fitted
    return value


def _fit_object(schema: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    fields = schema.get("properties", {})
    required = schema.get("required", ())
    fitted: dict[str, Any] = {}
    for key, item in value.items():
        field = fields.get(key)
        if key not in required and item in (None, "") and isinstance(field, Mapping) and not _allows(field, item):
            continue
        fitted[key] = fit(field, item)
    return fitted


def _allows(field: Mapping[str, Any], value: Any) -> bool:
    return jsonschema_rs.is_valid(dict(field), value, validate_formats=True, offline=True)


def _is(kind: str, value: Any) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return _is("number", value) and value == int(value)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        case "null":
            return value is None
    return False


def _convert(kind: str, value: Any, schema: Mapping[str, Any]) -> Any:
    match kind:
        case "integer" | "number" if isinstance(value, str):
            return _number(value, whole=kind == "integer")
        case "boolean" if isinstance(value, (str, int)):
            word = str(value).strip().lower()
            return True if word in _TRUE else False if word in _FALSE else None
        case "string" if isinstance(value, bool):
            return "true" if value else "false"
        case "string" if isinstance(value, (int, float)):
            return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        case "array" if value not in (None, ""):
            return [fit(schema.get("items"), value)]
        case "array" if value == "":
            return []
    return None


def _number(text: str, *, whole: bool) -> int | float | None:
    if "_" in text:
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number) or (whole and not number.is_integer()):
        return None
    return int(number) if whole else number
