"""Says in plain English why a value does not fit its schema. Fields are called by their `title`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs
import orjson

from connectors._kit.errors import Problem

Schema = Mapping[str, Any]
Error = jsonschema_rs.ValidationError

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


def problems(schema: Schema, errors: Iterable[Error], file: str = "") -> Iterator[Problem]:
    """One problem for each error, the most telling branch of oneOf and anyOf in place of all of them."""
    for error in _telling(errors):
        yield from _worded(schema, error, file)


def pointer(path: Iterable[str | int]) -> str:
    """["a/b", 0] → "/a~1b/0"."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _telling(errors: Iterable[Error]) -> Iterator[Error]:
    for error in errors:
        if error.kind.name in ("oneOf", "anyOf"):
            branches = [list(branch) for branch in error.kind.as_dict().get("context", ())]
            best = min(branches, key=lambda branch: _distance(branch, error), default=[])
            if best and _distance(best, error)[0] == 0:
                yield from _telling(best)
                continue
        yield error


def _distance(branch: Sequence[Error], parent: Error) -> tuple[int, int]:
    """How far the value is from this branch; first the keywords that tell branches apart."""
    near = len(parent.instance_path) + 1
    telling = [
        error
        for error in branch
        if error.kind.name in ("type", "const", "constant", "enum", "not", "oneOf", "anyOf", "falseSchema")
        and len(error.instance_path) <= near
    ]
    return len(telling), len(branch)


def _worded(schema: Schema, error: Error, file: str) -> Iterator[Problem]:
    path = error.instance_path
    name = error.kind.name
    details = error.kind.as_dict()
    if name == "required":
        missing = [*path, details["property"]]
        yield Problem(file, pointer(missing), f"{_title(schema, missing)} is required.")
    elif name in ("additionalProperties", "unevaluatedProperties"):
        for key in details["unexpected"]:
            yield Problem(file, pointer([*path, key]), f"“{key}” is not known here; remove it or correct its name.")
    else:
        message = f"{_title(schema, path)} {_rule(name, details, error)}{_given(schema, error)}."
        yield Problem(file, pointer(path), message)


def _rule(name: str, details: Mapping[str, Any], error: Error) -> str:
    limit = details.get("limit")
    match name:
        case "type":
            types = details.get("types") or [details.get("type")]
            return "must be " + " or ".join(sorted(TYPES.get(str(kind), str(kind)) for kind in types))
        case "format":
            return f"must be {FORMATS.get(details['format'], details['format'])}"
        case "enum":
            return "must be one of: " + ", ".join(_shown(option) for option in details["options"])
        case "const" | "constant":
            return f"must be {_shown(error.kind.value)}"
        case "minLength":
            return "must not be empty" if limit == 1 else f"must have at least {limit} characters"
        case "maxLength":
            return f"must have at most {limit} characters"
        case "minItems":
            return "needs at least one entry" if limit == 1 else f"needs at least {limit} entries"
        case "maxItems":
            return f"may have at most {limit} entries"
        case "minimum" | "exclusiveMinimum":
            return f"must be {'more than' if name.startswith('excl') else 'at least'} {limit}"
        case "maximum" | "exclusiveMaximum":
            return f"must be {'less than' if name.startswith('excl') else 'at most'} {limit}"
        case "pattern":
            return f"must have the form {details['pattern']}"
        case "uniqueItems":
            return "must not name anything twice"
        case "falseSchema":
            return "is not allowed here"
        case "oneOf" | "anyOf":
            return "does not have any of the allowed forms"
        case "propertyNames":
            return f"has a name that is not allowed: {details['error'].message}"
    return f"does not fit: {error.message}"


def _given(schema: Schema, error: Error) -> str:
    """What was given instead, when it is short and no secret."""
    if error.kind.name not in ("type", "format", "enum", "const", "constant", "pattern", "minimum", "maximum"):
        return ""
    if isinstance(error.instance, (dict, list)) or _at(schema, error.instance_path).get("x-secret"):
        return ""
    text = _shown(error.instance)
    return f", not {text}" if len(text) <= 60 else ""


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"“{value}”" if isinstance(value, str) else orjson.dumps(value).decode()


def _title(schema: Schema, path: Sequence[str | int]) -> str:
    """“E-mail”, “Tags, entry 2”; the key itself where the schema has no title."""
    if not path:
        return "This"
    if isinstance(path[-1], int):
        return f"{_title(schema, path[:-1])}, entry {path[-1] + 1}"
    return str(_at(schema, path).get("title") or f"“{path[-1]}”")


def _at(schema: Schema, path: Sequence[str | int]) -> Schema:
    """The part of the schema that speaks about this place, as far as `properties` and `items` lead."""
    for part in path:
        inner = schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
        if not isinstance(inner, Mapping):
            return {}
        schema = inner
    return schema
