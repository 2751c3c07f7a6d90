"""Parameters and bodies as one set of fields, and the request that they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors._kit.openapi import names, samples
from connectors._kit.openapi.bodies import Body, BodyReader
from connectors._kit.openapi.document import Document, Raw
from connectors._kit.openapi.report import Report
from connectors._kit.openapi.schemas import Schema, SchemaReader

_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")
_OWN_HEADERS = frozenset(("accept", "content-type", "authorization", "user-agent", "content-length", "host"))
_SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_SHOWN_OPTIONAL = 10
"""Optional fields that are not folded away."""


class CannotBeSent(Exception):
    """Raised for an operation whose request cannot be made; says why."""


@dataclass(slots=True)
class Inputs:
    """Fields by name, and where each goes. `examples` are values that the description gives."""

    path: str
    fields: dict[str, Schema] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    examples: dict[str, Any] = field(default_factory=dict)
    body: Body | None = None
    open_ended: bool = False

    def add(self, wanted: str, schema: Schema, *, required: bool, example: Any = None, prefix: str = "") -> str:
        """Add a field; returns the name it got."""
        name = wanted if _SIMPLE.fullmatch(wanted) else names.key(wanted, "field")
        name = names.unused(name, self.fields, f"{prefix}_{name}" if prefix else "")
        self.fields[name] = {"title": names.title(wanted), **schema}
        if required:
            self.required.append(name)
        if example is not None:
            self.examples[name] = example
        return name

    def remove(self, name: str) -> None:
        """Take a field of the query away, where something else fills it."""
        self.fields.pop(name, None)
        self.examples.pop(name, None)
        self.required = [one for one in self.required if one != name]
        self.query = {key: text for key, text in self.query.items() if text != value_of(name)}

    def schema(self) -> Schema:
        """The input schema, less used fields folded away."""
        optional = [
            name for name in self.fields if name not in self.required and not self.fields[name].get("x-advanced")
        ]
        for name in optional[_SHOWN_OPTIONAL:]:
            self.fields[name]["x-advanced"] = True
        found: Schema = {"type": "object", "properties": self.fields}
        if self.required:
            found["required"] = self.required
        if self.open_ended:
            found["additionalProperties"] = True
        return found

    def request(self, method: str) -> dict[str, Any]:
        """The request part of an operation file."""
        found: dict[str, Any] = {"method": method, "path": self.path}
        if self.headers:
            found["headers"] = self.headers
        if self.query:
            plain = all(text == value_of(name) for name, text in self.query.items())
            found["query"] = list(self.query) if plain else self.query
        if self.body is not None:
            found.update(self.body.request(method))
        elif method in ("POST", "PUT", "PATCH"):
            found["body"] = None
        return found


def value_of(name: str) -> str:
    """The template that gives an input's value."""
    return f"{{{{ input['{name}'] }}}}"


class InputReader:
    def __init__(self, document: Document, report: Report, schemas: SchemaReader) -> None:
        self._document = document
        self._report = report
        self._schemas = schemas
        self._bodies = BodyReader(document, report, schemas)

    def read(self, path: str, path_item: Raw, operation: Raw, place: str) -> Inputs:
        """Everything that an operation asks for. Raises CannotBeSent."""
        inputs = Inputs(path)
        parameters = self._parameters(path_item, operation, place)
        for where, parameter, spot in sorted(parameters, key=lambda found: found[0] != "path"):
            self._parameter(inputs, where, parameter, spot)
        self._check_path(inputs, place)
        body = self._document.resolve(operation.get("requestBody"), f"{place}/requestBody")
        if body:
            self._bodies.read(inputs, body, f"{place}/requestBody")
        return inputs

    def _parameters(self, path_item: Raw, operation: Raw, place: str) -> list[tuple[str, Raw, str]]:
        found: dict[tuple[str, str], tuple[str, Raw, str]] = {}
        for holder, spot in ((path_item, place.rpartition("/")[0]), (operation, place)):
            listed = holder.get("parameters")
            for index, raw in enumerate(listed if isinstance(listed, list) else ()):
                here = f"{spot}/parameters/{index}"
                parameter = self._document.resolve(raw, here)
                where, name = str(parameter.get("in")), parameter.get("name")
                if isinstance(name, str) and name:
                    found[where, name] = (where, parameter, here)
        return list(found.values())

    def _parameter(self, inputs: Inputs, where: str, parameter: Raw, place: str) -> None:
        name = str(parameter["name"])
        schema, example = self._described(parameter, place)
        match where:
            case "path":
                own = inputs.add(name, schema, required=True, example=example)
                inputs.path = inputs.path.replace(f"{{{name}}}", f"{{{own}}}")
            case "query":
                self._query(inputs, name, parameter, schema, example, place)
            case "header":
                self._header(inputs, name, parameter, schema, example)
            case "cookie":
                self._report.left_out(place, f"The cookie “{name}” is not sent.")

    def _described(self, parameter: Raw, place: str) -> tuple[Schema, Any]:
        """The parameter's schema with its help, and its example."""
        holder, spot = parameter, place
        content = parameter.get("content")
        if isinstance(content, Mapping) and content:
            media, holder = next(iter(content.items()))
            spot = f"{place}/content/{media}"
        schema = self._schemas.read(holder.get("schema", {}), f"{spot}/schema", "input") or {"type": "string"}
        text = names.plain(parameter.get("description"), 300)
        return ({**schema, "description": text} if text else schema), samples.given(self._document, holder, spot)

    def _query(self, inputs: Inputs, name: str, parameter: Raw, schema: Schema, example: Any, place: str) -> None:
        required = parameter.get("required") is True
        style, fields = parameter.get("style", "form"), schema.get("properties")
        exploded = parameter.get("explode", style == "form")
        if fields and (style == "deepObject" or exploded) and "content" not in parameter:
            needed = schema.get("required", ()) if required else ()
            for inner, inner_schema in fields.items():
                spelled = f"{name}[{inner}]" if style == "deepObject" else inner
                own = inputs.add(f"{name}_{inner}", inner_schema, required=inner in needed)
                inputs.query[spelled] = value_of(own)
            return
        if schema.get("type") == "object" and style == "deepObject":
            self._report.left_out(place, f"The parameter “{name}” is a group of unknown fields.")
            return
        own = inputs.add(name, schema, required=required, example=example)
        separator = _SEPARATORS.get(style, ",")
        joined = schema.get("type") == "array" and not exploded
        inputs.query[name] = f"{{{{ input['{own}'] | join('{separator}') }}}}" if joined else value_of(own)

    def _header(self, inputs: Inputs, name: str, parameter: Raw, schema: Schema, example: Any) -> None:
        if name.lower() in _OWN_HEADERS:
            return
        fixed = _only_value(schema) if parameter.get("required") is True else None
        if fixed is not None:
            inputs.headers[name] = fixed
            return
        required = parameter.get("required") is True
        own = inputs.add(
            name, schema if required else {**schema, "x-advanced": True}, required=required, example=example
        )
        inputs.headers[name] = value_of(own)

    def _check_path(self, inputs: Inputs, place: str) -> None:
        """Every place in the path must be one of the fields; those not described are asked for as text."""
        for name in re.findall(r"\{([^{}]*)\}", inputs.path):
            if name not in inputs.fields:
                own = inputs.add(name or "value", {"type": "string", "minLength": 1}, required=True)
                inputs.path = inputs.path.replace(f"{{{name}}}", f"{{{own}}}")
                self._report.changed(place, f"“{name}” in the path is not described; a text is asked for.")
        if "{{" in inputs.path or not inputs.path.startswith("/"):
            raise CannotBeSent("Its path cannot be read.")


def _only_value(schema: Schema) -> str | None:
    """The one value that a header can have, such as the version of the API."""
    choices: Iterator[Any] = iter(schema.get("enum", ()))
    first = schema.get("const", next(choices, None) if len(schema.get("enum", ())) == 1 else schema.get("default"))
    return first if isinstance(first, str) and first and "{{" not in first and first.isascii() else None


__all__ = ["CannotBeSent", "InputReader", "Inputs", "value_of"]
