"""Schemas of a description as JSON Schema 2020-12: references put in place, no deeper than is of use.

A schema that contains itself is cut where it begins again. Every result compiles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

import orjson

from connectors._kit.openapi import merging, names
from connectors._kit.openapi.document import Document, Raw
from connectors._kit.openapi.report import Report
from connectors._kit.schema import compile_schema

Direction = Literal["input", "output"]
Schema = dict[str, Any]
Trail = frozenset[str]
"""The references that led to a place."""

_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
_KEPT: Mapping[str, type | tuple[type, ...]] = {
    "minimum": (int, float), "maximum": (int, float), "multipleOf": (int, float), "minLength": int, "maxLength": int,
    "minItems": int, "maxItems": int, "uniqueItems": bool, "minProperties": int, "maxProperties": int,
}  # fmt: skip
_DEPTH = {"input": 5, "output": 4}
_NODES = {"input": 500, "output": 200}
"""How many fields one schema may show: more than a person looks through."""
_LONGEST_HELP = 300
_MOST_CHOICES = 500


class SchemaReader:
    def __init__(self, document: Document, report: Report) -> None:
        self._document = document
        self._report = report

    def read(self, raw: Any, place: str, direction: Direction) -> Schema:
        """The schema for people's inputs or for a service's answers; {} where anything goes."""
        schema = _Walk(self._document, self._report, direction).schema(raw, place, 0, frozenset())
        try:
            compile_schema(schema)
        except ValueError:
            self._report.changed(place, "The schema is not valid; anything is accepted here.")
            return {}
        return schema


class _Walk:
    """One schema being read."""

    def __init__(self, document: Document, report: Report, direction: Direction) -> None:
        self._document = document
        self._report = report
        self._direction = direction
        self._left = _NODES[direction]

    def schema(self, raw: Any, place: str, depth: int, trail: Trail) -> Schema:
        self._left -= 1
        resolved = self._document.resolve(raw, place)
        if not resolved or self._left < 0:
            return {}
        reference = _references([raw])
        if reference & trail:
            return _outline(resolved)
        whole, trail = self._joined(resolved, place, trail | reference)
        for keyword in ("oneOf", "anyOf"):
            variants = whole.get(keyword)
            if isinstance(variants, list) and variants:
                return self._choice(whole, variants, f"{place}/{keyword}", depth, trail)
        return self._own(whole, place, depth, trail)

    def _joined(self, raw: Raw, place: str, trail: Trail) -> tuple[Raw, Trail]:
        """A schema with its allOf put into it, and the references that were followed for it."""
        parts = raw.get("allOf")
        if not isinstance(parts, list) or not parts:
            return raw, trail
        joined: Raw = {}
        for index, part in enumerate(parts):
            reference = _references([part])
            if reference & trail:
                continue
            trail |= reference
            inner, trail = self._joined(self._document.resolve(part, f"{place}/allOf/{index}"), place, trail)
            joined = merging.both(joined, inner)
        return merging.both(joined, {key: value for key, value in raw.items() if key != "allOf"}), trail

    def _choice(self, raw: Raw, variants: list[Any], place: str, depth: int, trail: Trail) -> Schema:
        """What one of several schemas describes: objects are united, others stand side by side."""
        own = {key: value for key, value in raw.items() if key not in ("oneOf", "anyOf", "discriminator")}
        open_ones = [one for one in variants if not _references([one]) & trail]
        real: list[Raw] = []
        followed = trail
        for one in open_ones:
            joined, own_trail = self._joined(self._document.resolve(one, place), place, trail | _references([one]))
            followed |= own_trail
            if joined.get("type") != "null" and joined.get("enum") != [None]:
                real.append(joined)
        trail = followed
        nullable = raw.get("nullable") is True or len(real) < len(open_ones)
        if not real:
            return self._own(own, place, depth, trail)
        if len(real) == 1:
            whole = merging.both(real[0], own)
            return self.schema({**whole, "nullable": nullable or whole.get("nullable")}, place, depth, trail)
        if all(_is_object(one) for one in real):
            united = merging.both({**merging.either(real), "nullable": nullable}, own)
            return self.schema(united, place, depth, trail)
        return self._side_by_side(own, real, nullable, place, depth, trail)

    def _side_by_side(self, own: Raw, real: list[Raw], nullable: bool, place: str, depth: int, trail: Trail) -> Schema:
        read = _distinct([self.schema(one, place, depth + 1, trail) for one in real])
        result = _words(own, depth)
        if any(not one for one in read):
            return result
        if nullable and self._direction == "output":
            read.append({"type": "null"})
        return {**result, **read[0]} if len(read) == 1 else {**result, "anyOf": read}

    def _own(self, raw: Raw, place: str, depth: int, trail: Trail) -> Schema:
        types = self._types(raw)
        schema = _words(raw, depth)
        if types:
            schema["type"] = types[0] if len(types) == 1 else types
        for keyword, kind in _KEPT.items():
            if isinstance(raw.get(keyword), kind):
                schema[keyword] = raw[keyword]
        schema.update(_bounds(raw))
        schema.update(self._values(raw, types))
        if isinstance(raw.get("format"), str) and "string" in types:
            schema["format"] = raw["format"]
        if isinstance(raw.get("pattern"), str) and "string" in types and _usable(raw["pattern"]):
            schema["pattern"] = raw["pattern"]
        deeper = depth < _DEPTH[self._direction]
        if "object" in types and deeper:
            schema.update(self._fields(raw, place, depth, trail))
        if "array" in types and deeper:
            schema.update(self._items(raw, place, depth, trail))
        return schema

    def _types(self, raw: Raw) -> list[str]:
        given = raw.get("type")
        types = [kind for kind in (given if isinstance(given, list) else [given]) if kind in _TYPES]
        if not types and ("properties" in raw or isinstance(raw.get("additionalProperties"), Mapping)):
            types = ["object"]
        if not types and "items" in raw:
            types = ["array"]
        if self._direction == "input" and len(types) > 1:
            return [kind for kind in types if kind != "null"]
        if types and raw.get("nullable") is True and self._direction == "output" and "null" not in types:
            return [*types, "null"]
        return types

    def _values(self, raw: Raw, types: list[str]) -> Iterator[tuple[str, Any]]:
        enum = raw.get("enum")
        if isinstance(enum, list):
            if self._direction == "input":  # nothing is said by leaving the field empty
                enum = [value for value in enum if value is not None]
            choices = _distinct([value for value in enum if not types or _fits(value, types)])
            if "null" in types and None not in choices and choices:
                choices.append(None)
            if choices and len(choices) <= _MOST_CHOICES and (len(choices) == len(_distinct(enum)) or "null" in types):
                yield "enum", choices
        if "const" in raw and (not types or _fits(raw["const"], types)):
            yield "const", raw["const"]
        if "default" in raw and _fits(raw["default"], types) and raw["default"] is not None:
            yield "default", raw["default"]
        examples = [raw["example"]] if "example" in raw else raw.get("examples")
        if isinstance(examples, Mapping):
            examples = list(examples.values())
        if isinstance(examples, list):
            simple = [one for one in examples[:1] if not isinstance(one, (dict, list)) and _fits(one, types)]
            if simple and simple != [None]:
                yield "examples", simple

    def _fields(self, raw: Raw, place: str, depth: int, trail: Trail) -> Iterator[tuple[str, Any]]:
        unwanted = "readOnly" if self._direction == "input" else "writeOnly"
        properties = raw.get("properties")
        fields: dict[str, Schema] = {}
        for name, inner in properties.items() if isinstance(properties, Mapping) else ():
            if self._document.resolve(inner, f"{place}/properties/{name}").get(unwanted) is True:
                continue
            fields[str(name)] = self.schema(inner, f"{place}/properties/{name}", depth + 1, trail)
        if fields:
            yield "properties", fields
        required = raw.get("required")
        needed = [name for name in required if name in fields] if isinstance(required, list) else []
        if needed:
            yield "required", list(dict.fromkeys(needed))
        more = raw.get("additionalProperties")
        if isinstance(more, Mapping) and more:
            yield "additionalProperties", self.schema(more, f"{place}/additionalProperties", depth + 1, trail)
        elif more is False and self._direction == "input" and fields:
            yield "additionalProperties", False

    def _items(self, raw: Raw, place: str, depth: int, trail: Trail) -> Iterator[tuple[str, Any]]:
        items = raw.get("items")
        if isinstance(items, Mapping):
            yield "items", self.schema(items, f"{place}/items", depth + 1, trail)


def _words(raw: Raw, depth: int) -> Schema:
    """Title and help; the latter only near the surface, where people see it."""
    found: Schema = {}
    title = names.plain(raw.get("title"), 80)
    if title and depth > 0 and names.is_readable(title):
        found["title"] = title
    if depth <= 1 and (text := names.plain(raw.get("description"), _LONGEST_HELP)):
        found["description"] = text
    return found


def _bounds(raw: Raw) -> Iterator[tuple[str, Any]]:
    """In 3.0 an exclusive bound is a yes beside the bound, in 3.1 the bound itself."""
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        value = raw.get(exclusive)
        if value is True and isinstance(raw.get(plain), (int, float)):
            yield exclusive, raw[plain]
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield exclusive, value


def _outline(raw: Raw) -> Schema:
    """What is left of a schema where it would begin again."""
    kind = raw.get("type")
    return {"type": kind} if kind in _TYPES else {}


def _references(schemas: list[Any]) -> Trail:
    found = (schema.get("$ref") for schema in schemas if isinstance(schema, Mapping))
    return frozenset(reference for reference in found if isinstance(reference, str))


def _is_object(raw: Raw) -> bool:
    return raw.get("type") == "object" or ("properties" in raw and "type" not in raw)


def _distinct(values: list[Any]) -> list[Any]:
    seen = {orjson.dumps(value, default=str): value for value in values}
    return list(seen.values())


def _fits(value: Any, types: list[str]) -> bool:
    if not types:
        return True
    if isinstance(value, bool):
        return "boolean" in types
    kinds: tuple[tuple[str, type | tuple[type, ...]], ...] = (
        ("string", str),
        ("integer", int),
        ("number", (int, float)),
        ("object", dict),
        ("array", list),
        ("null", type(None)),
    )
    return any(name in types and isinstance(value, kind) for name, kind in kinds)


@lru_cache(maxsize=4096)
def _usable(pattern: str) -> bool:
    """Not every regular expression of the web is one here."""
    try:
        compile_schema({"pattern": pattern})
    except ValueError:
        return False
    return True
