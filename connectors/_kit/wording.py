"""Says in plain English why a value does not fit its schema. Fields are called by their `title`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectors._kit.errors import Problem
from connectors._kit.pointers import pointer

if TYPE_CHECKING:
    import jsonschema_rs
    from jsonschema import ValidationError

Schema = Mapping[str, Any]

TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of fields",
    "null": "empty",
}
FORMATS = {
    "email": "an e-mail address",
    "idn-email": "an e-mail address",
    "date": "a date such as 2026-01-31",
    "date-time": "a date and time with its zone, such as 2026-01-31T09:30:00Z",
    "time": "a time such as 09:30:00Z",
    "uri": "a web address such as https://example.com",
    "uuid": "a UUID",
    "ipv4": "an IP address",
    "ipv6": "an IP address",
    "regex": "a regular expression",
}
RULES = {
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "pattern": "must have the form {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minItems": "needs at least {} entries",
    "maxItems": "may have at most {} entries",
    "items": "has more entries than are allowed",
    "uniqueItems": "must not name anything twice",
    "minProperties": "needs at least {} fields",
    "maxProperties": "may have at most {} fields",
}
ONE = {
    "minLength": "must not be empty",
    "minItems": "needs at least one entry",
    "maxItems": "may have only one entry",
    "minProperties": "must not be empty",
    "maxProperties": "may have only one field",
}
QUOTING = {"type", "format", "enum", "const", "pattern", "minimum", "maximum"}


def problems(schema: Schema, errors: Iterable[ValidationError], file: str = "") -> Iterator[Problem]:
    """What to mend, for each error."""
    for error in errors:
        yield from _worded(schema, error, file)


def unexplained(schema: Schema, refusals: Iterable[jsonschema_rs.ValidationError], file: str = "") -> Iterator[Problem]:
    """The places and rules of what only `jsonschema_rs` objects to."""
    for refusal in refusals:
        path = refusal.instance_path
        yield Problem(file, pointer(*path), f"{_title(schema, path)} does not fit its rule: {refusal.kind.name}.")


def _worded(schema: Schema, error: ValidationError, file: str) -> Iterator[Problem]:
    path = list(error.absolute_path)
    if own := _own_message(error):
        yield Problem(file, pointer(*path), own)
        return
    match error.validator:
        case "required" | "dependentRequired":
            for name in _missing(error):
                yield Problem(file, pointer(*path, name), f"{_title(schema, [*path, name])} is required.")
        case "additionalProperties" | "unevaluatedProperties":
            for name in _unknown(error):
                message = f"“{name}” is not known here; remove it or correct its name."
                yield Problem(file, pointer(*path, name), message)
        case "anyOf" if one_of_these(_rules(error)):
            wanted = [" and ".join(_title(schema, [*path, name]) for name in one["required"]) for one in _rules(error)]
            yield Problem(file, pointer(*path), f"Fill in at least one of: {', '.join(wanted)}.")
        case _:
            yield Problem(file, pointer(*path), f"{_title(schema, path)} {_rule(error)}{_given(schema, error)}.")


def one_of_these(alternatives: Iterable[Any]) -> bool:
    """Whether these alternatives say no more than which fields there must be: an e-mail address or a phone number."""
    return all(isinstance(one, Mapping) and one.keys() == {"required"} for one in alternatives)


def _own_message(error: ValidationError) -> str:
    """What the schema itself says about this, with the wrong name or value in the place of {}."""
    broken = error.context[0] if error.validator == "propertyNames" else error
    own = broken.schema.get("x-message", "") if isinstance(broken.schema, Mapping) else ""
    return str(own).replace("{}", str(broken.instance))


def _rules(error: ValidationError) -> list[Any]:
    rules: Any = error.validator_value
    return list(rules)


def _missing(error: ValidationError) -> list[str]:
    wanted: Any = error.validator_value
    given: Any = error.instance
    if error.validator == "dependentRequired":
        wanted = [name for key, names in wanted.items() if key in given for name in names]
    return [name for name in wanted if name not in given]


def _unknown(error: ValidationError) -> list[str]:
    """The library has these names in its message only."""
    given: Any = error.instance
    return [name for name in given if repr(name) in error.message]


def _rule(error: ValidationError) -> str:
    rule: Any = error.validator_value
    match error.validator:
        case "type":
            kinds = [rule] if isinstance(rule, str) else rule
            return "must be " + " or ".join(sorted(TYPES.get(kind, kind) for kind in kinds))
        case "format":
            return f"must be {FORMATS.get(rule, rule)}"
        case "enum":
            return "must be one of: " + ", ".join(map(_shown, rule))
        case "const":
            return f"must be {_shown(rule)}"
        case "oneOf" | "anyOf":
            return (
                "does not have any of the allowed forms" if error.context else "has more than one of the allowed forms"
            )
        case "not" if not rule:
            return "is not allowed here"
        case "propertyNames":
            inner = error.context[0]
            return f"has a name that is not allowed: {_shown(inner.instance)} {_rule(inner)}"
        case str(keyword) if keyword in RULES:
            return ONE[keyword] if rule == 1 and keyword in ONE else RULES[keyword].format(rule)
    return f"does not fit its rule: {error.validator} {_shown(rule)}"


def _given(schema: Schema, error: ValidationError) -> str:
    """What was given instead, when it is short and no secret."""
    if error.validator not in QUOTING or isinstance(error.instance, (dict, list)) or _is_secret(schema, error):
        return ""
    text = _shown(error.instance)
    return f", not {text}" if len(text) <= 60 else ""


def _is_secret(schema: Schema, error: ValidationError) -> bool:
    own = error.schema if isinstance(error.schema, Mapping) else {}
    return bool(own.get("x-secret") or _at(schema, error.absolute_path).get("x-secret"))


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"“{value}”" if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _title(schema: Schema, path: Sequence[str | int]) -> str:
    """“E-mail”, “Tags, entry 2”; the key itself where the schema has no title."""
    if not path:
        return "This"
    if isinstance(path[-1], int):
        return f"{_title(schema, path[:-1])}, entry {path[-1] + 1}"
    return str(_at(schema, path).get("title") or f"“{path[-1]}”")


def _at(schema: Schema, path: Iterable[str | int]) -> Schema:
    """The part of the schema that speaks about this place, as far as `properties` and `items` lead."""
    for part in path:
        inner = schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
        if not isinstance(inner, Mapping):
            return {}
        schema = inner
    return schema
