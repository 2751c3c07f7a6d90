"""JSON Schema, compiled: fast where runs pass, plain English where people read.

`compile_schema` once, keep the result. `jsonschema_rs` decides, at about a microsecond a value; only for a value that
does not fit, `jsonschema` finds the errors that are worded. Formats (email, date, date-time, uri, …) are checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from connectors._kit.coercion import fit
from connectors._kit.errors import InputInvalid, Problem

Schema = Mapping[str, Any]


class CompiledSchema:
    """A schema ready for use. Raises ValueError when the schema itself is wrong."""

    __slots__ = ("_documents", "_validator", "schema")

    def __init__(self, schema: Schema, documents: Mapping[str, Schema] | None = None) -> None:
        """`documents` are further schemas that `$ref` may name, by their address; nothing is ever fetched."""
        self.schema = schema
        self._documents = documents or {}
        resources = [(address, dict(document)) for address, document in self._documents.items()]
        self._validator = jsonschema_rs.Draft202012Validator(
            dict(schema), validate_formats=True, registry=jsonschema_rs.Registry(resources), offline=True
        )

    def is_valid(self, value: Any) -> bool:
        return self._validator.is_valid(value)

    def problems(self, value: Any, file: str = "") -> tuple[Problem, ...]:
        """Every problem of `value`, worded for people; empty when it fits."""
        if self._validator.is_valid(value):
            return ()
        from connectors._kit import misfits, wording  # jsonschema takes 0.1 s to import and only misfits need it

        found = set(wording.problems(self.schema, misfits.find(self.schema, value, self._documents), file))
        if not found:  # never silence, should the two libraries disagree
            found = set(wording.unexplained(self.schema, self._validator.iter_errors(value), file))
        return tuple(sorted(found))

    def accept(self, value: Any) -> Any:
        """The value as the schema wants it; raises InputInvalid.

        A value that does not fit is first brought into shape where nothing is lost: "5" for a number, 5 for a text,
        one item for a list, an empty optional field left out.
        """
        if self._validator.is_valid(value):
            return value
        fitted = fit(self.schema, value)
        if self._validator.is_valid(fitted):
            return fitted
        raise InputInvalid(self.problems(fitted))

    def objections(self, value: Any) -> tuple[Problem, ...]:
        """What `accept` would raise; empty when it takes the value."""
        try:
            self.accept(value)
        except InputInvalid as error:
            return tuple(error.problems)
        return ()


def compile_schema(schema: Schema) -> CompiledSchema:
    """Raises ValueError when `schema` is not a valid JSON Schema (2020-12)."""
    return CompiledSchema(schema)
