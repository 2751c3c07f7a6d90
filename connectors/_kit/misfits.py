"""Finds where a value does not fit its schema: the errors of `jsonschema`, agreeing with what `jsonschema_rs` decided.

The first has the errors worth wording, the second is the one that runs obey. So what the two would judge differently
(formats, patterns, fractions) is asked of `jsonschema_rs` here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import create
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from connectors._kit.wording import one_of_these

Schema = Mapping[str, Any]
Errors = Iterator[ValidationError]


def find(schema: Schema, value: Any, documents: Mapping[str, Schema]) -> list[ValidationError]:
    """Every error; none when the value fits, nor when `jsonschema` cannot follow what `jsonschema_rs` can.

    `documents` are the schemas that `$ref` may name, by their address. Where it is clear which alternative of oneOf or
    anyOf was meant, its errors stand in place of the error of the whole.
    """
    registry = Registry().with_resources(
        (address, DRAFT202012.create_resource(_plain(document))) for address, document in documents.items()
    )
    try:
        return list(_telling(_Validator(_plain(schema), registry=registry).iter_errors(value)))
    except (re.error, Unresolvable, RecursionError):  # a pattern that is none in Python, a reference by other rules
        return []


def _telling(errors: Iterable[ValidationError]) -> Errors:
    for error in errors:
        rules: Any = error.validator_value
        alike = error.validator == "anyOf" and one_of_these(rules)
        if error.validator in ("oneOf", "anyOf") and not alike and (branch := _closest(error)):
            yield from _telling(branch)
        else:
            yield error


def _closest(error: ValidationError) -> list[ValidationError]:
    """The errors of the closest alternative; none if the value is recognisably none of them.

    The library's `best_match` takes the deepest error, which often says that the value is not another alternative.
    """
    branches = [list(branch) for _, branch in groupby(error.context, key=lambda inner: inner.schema_path[0])]
    return min((branch for branch in branches if not any(map(_betrays, branch))), key=len, default=[])


def _betrays(error: ValidationError) -> bool:
    """Whether this tells the alternatives apart: a kind of value, or a marker such as {"kind": "mail"}."""
    return error.validator in ("type", "const", "enum", "not", "oneOf", "anyOf") and len(error.path) <= 1


def _plain(schema: Schema) -> dict[str, Any]:
    """Without `$schema`, at which the library would leave our validator for its own."""
    return {key: value for key, value in schema.items() if key != "$schema"}


def _asked(keyword: str) -> Callable[..., Errors]:
    """A check of one keyword that asks `jsonschema_rs`."""

    def check(_validator: Any, rule: Any, instance: Any, _schema: Any) -> Errors:
        if not jsonschema_rs.is_valid({keyword: rule}, instance, validate_formats=True, offline=True):
            yield ValidationError(f"breaks {keyword}")

    return check


def _properties(validator: Any, fields: Schema, instance: Any, _schema: Any) -> Errors:
    for name in fields.keys() & instance.keys() if validator.is_type(instance, "object") else ():
        # The library forgets where the value stands that the schema `false` forbids.
        rule = {"not": {}} if fields[name] is False else fields[name]
        yield from validator.descend(instance[name], rule, path=name, schema_path=name)


def _property_names(validator: Any, rule: Any, instance: Any, _schema: Any) -> Errors:
    """One error for each wrong name, with what is wrong about it as its context; the library's are about no place."""
    for name in instance if validator.is_type(instance, "object") else ():
        if context := list(validator.descend(name, rule)):
            yield ValidationError(f"{name!r} breaks propertyNames", context=context)


_Validator = create(
    Draft202012Validator.META_SCHEMA,
    {
        **Draft202012Validator.VALIDATORS,
        **{keyword: _asked(keyword) for keyword in ("format", "multipleOf", "pattern")},
        "properties": _properties,
        "propertyNames": _property_names,
    },
)
