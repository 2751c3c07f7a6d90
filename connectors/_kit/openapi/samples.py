"""Examples: those of a description where they fit, made up from the schema where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors._kit.openapi.document import Document, Raw
from connectors._kit.schema import compile_schema

Schema = Mapping[str, Any]

_BY_FORMAT = {
    "email": "maya.lindqvist@example.com",
    "idn-email": "maya.lindqvist@example.com",
    "uri": "https://example.com/page",
    "url": "https://example.com/page",
    "uri-reference": "/page",
    "date": "2026-01-15",
    "date-time": "2026-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "P1D",
    "uuid": "7f3c0c0e-5f3a-4a52-9d0b-6c2b8f0d1e11",
    "ipv4": "192.0.2.10",
    "ipv6": "2001:db8::10",
    "hostname": "example.com",
    "byte": "SGVsbG8=",
    "json-pointer": "/a",
    "regex": ".*",
}
_CANDIDATES = (
    "abc",
    "ABC",
    "A1",
    "123",
    "1",
    "a",
    "abc123",
    "2026-01-15",
    "09:30",
    "en",
    "EUR",
    "a-b",
    "#1e90ff",
    "1.0",
)
_DEEPEST = 3
_MOST_OPTIONAL = 6


def given(document: Document, holder: Raw, place: str) -> Any:
    """The example that a media type or parameter carries; None when it has none."""
    if holder.get("example") is not None:
        return holder["example"]
    examples = holder.get("examples")
    if isinstance(examples, Mapping):
        for name, raw in examples.items():
            example = document.resolve(raw, f"{place}/examples/{name}")
            if example.get("value") is not None:
                return example["value"]
    schema = document.resolve(holder.get("schema"), f"{place}/schema")
    if schema.get("example") is not None:
        return schema["example"]
    listed = schema.get("examples")
    return listed[0] if isinstance(listed, list) and listed else None


def fitting(schema: Schema, *candidates: Any) -> tuple[Any, bool]:
    """The first candidate that the schema accepts, else a made-up value; and whether that fits."""
    compiled = compile_schema(schema)
    for candidate in candidates:
        if candidate is not None and compiled.is_valid(candidate):
            return candidate, True
    made = made_up(schema)
    return made, compiled.is_valid(made)


def made_up(schema: Schema, depth: int = 0, *, sparing: bool = False) -> Any:
    """A value for a schema. `sparing`: required fields and only a few others."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("anyOf"):
        return made_up(schema["anyOf"][0], depth, sparing=sparing)
    kind = schema.get("type", "string" if depth else "object")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    match kind:
        case "object":
            return _object(schema, depth, sparing)
        case "array":
            return _array(schema, depth, sparing)
        case "boolean":
            return schema.get("default", True)
        case "integer" | "number":
            return _number(schema, whole=kind == "integer")
        case "null":
            return None
    return _text(schema)


def _object(schema: Schema, depth: int, sparing: bool) -> dict[str, Any]:
    fields = schema.get("properties", {})
    required = schema.get("required", ())
    if depth >= _DEEPEST:
        fields = {name: field for name, field in fields.items() if name in required}
    elif sparing:
        optional = [name for name in fields if name not in required][: max(0, _MOST_OPTIONAL - len(required))]
        fields = {name: field for name, field in fields.items() if name in required or (name in optional and depth < 2)}
    return {name: made_up(field, depth + 1, sparing=sparing) for name, field in fields.items()}


def _array(schema: Schema, depth: int, sparing: bool) -> list[Any]:
    wanted = max(schema.get("minItems", 0), 0 if depth >= _DEEPEST else 1)
    one = made_up(schema.get("items", {"type": "string"}), depth + 1, sparing=sparing)
    if wanted > 1 and schema.get("uniqueItems") and isinstance(one, str):
        return [f"{one}{number or ''}" for number in range(wanted)]
    return [one] * min(wanted, 20)


def _number(schema: Schema, *, whole: bool) -> int | float:
    if "default" in schema:
        return schema["default"]  # type: ignore[no-any-return]
    step = schema.get("multipleOf", 1 if whole else 0.5)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    value: int | float = 1 if low is None else low
    if high is not None and value > high:
        value = high
    if value == schema.get("exclusiveMinimum"):
        value += step
    if value == schema.get("exclusiveMaximum"):
        value -= step
    if schema.get("multipleOf"):
        value = -(-value // step) * step
    return int(value) if whole else value


def _text(schema: Schema) -> str:
    default = schema.get("default")
    if isinstance(default, str) and default:
        return default
    text = _BY_FORMAT.get(schema.get("format", ""), "example")
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    if "pattern" in schema:
        compiled = compile_schema({**schema, "type": "string"})
        text = next((one for one in (text, *_CANDIDATES) if compiled.is_valid(one)), text)
    if len(text) < shortest:
        text = (text * (shortest // len(text) + 1))[:shortest]
    return text if longest is None else text[:longest]
