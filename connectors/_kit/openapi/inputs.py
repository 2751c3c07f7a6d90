"""The fields that an operation asks for, and the request that they make."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from connectors._kit.openapi import names
from connectors._kit.openapi.schemas import Schema

_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")
_SHOWN_OPTIONAL = 10
"""Optional fields that are not folded away."""


class CannotBeSent(Exception):
    """Raised for an operation whose request cannot be made; says why."""


@dataclass(frozen=True, slots=True)
class Body:
    """`template` is None where every field that is used nowhere else goes into the body under its own name."""

    template: Any
    encoding: str = "json"

    def request(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.template is not None:
            found["body"] = self.template
        if self.encoding != "json":
            found["encoding"] = self.encoding
        return found


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
            found.update(self.body.request())
        elif method in ("POST", "PUT", "PATCH"):
            found["body"] = None
        return found


def value_of(name: str) -> str:
    """The template that gives an input's value."""
    return f"{{{{ input['{name}'] }}}}"
