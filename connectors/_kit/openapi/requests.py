"""What an operation asks for, its parameters and its body, as one set of fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors._kit.openapi import names, samples
from connectors._kit.openapi.bodies import BodyReader
from connectors._kit.openapi.document import Document, Raw
from connectors._kit.openapi.inputs import CannotBeSent, Inputs, value_of
from connectors._kit.openapi.report import Report
from connectors._kit.openapi.schemas import Schema, SchemaReader

_OWN_HEADERS = frozenset(("accept", "content-type", "authorization", "user-agent", "content-length", "host"))
_SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


class RequestReader:
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
