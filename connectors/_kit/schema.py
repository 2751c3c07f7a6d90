"""JSON Schema, compiled: fast where runs pass, plain English where people read.

`compile_schema` once, keep the result. A value that fits costs about a microsecond; only a value that does not fit
pays for the wording of its problems. Formats (email, date, date-time, uri, …) are checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from connectors._kit import wording
from connectors._kit.coercion import fit
from connectors._kit.errors import InputInvalid, Problem

Schema = Mapping[str, Any]


class CompiledSchema:
    """A schema ready for use. Raises ValueError when the schema itself is wrong."""

    __slots__ = ("_validator", "schema")

    def __init__(self, schema: Schema, registry: jsonschema_rs.Registry | None = None) -> None:
        self.schema = schema
        self._validator = jsonschema_rs.Draft202012Validator(
            dict(schema), validate_formats=True, registry=registry, offline=True
        )

    def is_valid(self, value: Any) -> bool:
        return self._validator.is_valid(value)

    def problems(self, value: Any, file: str = "") -> tuple[Problem, ...]:
        """Every problem of `value`, worded for people; empty when it fits."""
        if self._validator.is_valid(value):
            return ()
        errors = list(self._validator.iter_errors(value))
        return tuple(sorted(wording.problems(self.schema, errors, file)))

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


def compile_schema(schema: Schema) -> CompiledSchema:
    """Raises ValueError when `schema` is not a valid JSON Schema (2020-12)."""
    return CompiledSchema(schema)
