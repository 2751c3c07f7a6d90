"""Reading OpenAPI 3.0 schemas: references put in, an example made, names checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from openapi_schema_validator import OAS30Validator

Schema = Mapping[str, Any]
TEXT = {
    "date-time": "2026-10-02T09:31:30.255Z",
    "date": "2026-10-02",
    "email": "maya.lindqvist@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "3f1b2a6e-7d3c-4c5a-9a57-0c0f1e2d3a4b",
}


class Schemas:
    """The schemas of one OpenAPI document."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._spec = spec

    def resolved(self, schema: Any, seen: tuple[str, ...] = ()) -> Any:
        """The schema with every reference replaced by what it names; a schema inside itself becomes `{}`."""
        if isinstance(schema, list):
            return [self.resolved(item, seen) for item in schema]
        if not isinstance(schema, Mapping):
            return schema
        ref = schema.get("$ref")
        if isinstance(ref, str):
            return {} if ref in seen else self.resolved(self._at(ref), (*seen, ref))
        return {
            key: value if key in ("example", "enum", "default") else self.resolved(value, seen)
            for key, value in schema.items()
        }

    def _at(self, ref: str) -> Any:
        node: Any = self._spec
        for part in ref.removeprefix("#/").split("/"):
            node = node.get(part, {})
        return node

    def example(self, schema: Schema) -> Any:
        """A value the schema describes, made of its own examples where these fit, every property filled in."""
        return example_of(self.resolved(schema))


def example_of(schema: Schema) -> Any:
    for key in ("example", "default"):
        if key in schema and schema[key] is not None and OAS30Validator(schema).is_valid(schema[key]):
            return schema[key]
    for key in ("enum", "examples"):
        if schema.get(key) and isinstance(schema[key], list):
            return schema[key][0]
    if "allOf" in schema:
        return _merged(schema)
    for choice in ("oneOf", "anyOf"):
        if schema.get(choice) and "properties" not in schema:
            return example_of(schema[choice][0])
    return _by_type(schema)


def _merged(schema: Schema) -> Any:
    parts = [example_of(part) for part in schema["allOf"]]
    if not all(isinstance(part, dict) for part in parts):
        return parts[0]
    return {key: value for part in parts for key, value in part.items()}


def _by_type(schema: Schema) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = kind[0]
    match kind:
        case "object":
            return {name: example_of(part) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [example_of(schema["items"])] if schema.get("items") else []
        case "boolean":
            return True
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case _:
            return TEXT.get(schema.get("format", ""), "text")


def undeclared_names(schema: Schema, value: Any, place: str = "") -> Iterator[str]:
    """Dotted names in the value that the schema does not declare. A schema without properties allows any name."""
    if isinstance(value, list):
        items = [part["items"] for part in _parts(schema) if part.get("items")]
        for item in value if items else ():
            yield from undeclared_names({"anyOf": items}, item, f"{place}[]")
    elif isinstance(value, dict) and (declared := _declared(schema)) is not None:
        for name, inner in value.items():
            if name in declared:
                yield from undeclared_names({"anyOf": declared[name]}, inner, f"{place}.{name}".lstrip("."))
            else:
                yield f"{place}.{name}".lstrip(".")


def _parts(schema: Schema) -> Iterator[Schema]:
    yield schema
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            yield from _parts(part)


def _declared(schema: Schema) -> dict[str, list[Schema]] | None:
    names: dict[str, list[Schema]] = {}
    for part in _parts(schema):
        if (part.get("type") == "object" and not part.get("properties")) or part.get("additionalProperties"):
            return None
        for name, inner in part.get("properties", {}).items():
            names.setdefault(name, []).append(inner)
    return names or None
