"""Checks that templates compile and read only what is there at their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors._kit.errors import ExpressionSyntaxError, Problem
from connectors._kit.expressions import compile_template, texts

REQUEST = frozenset(("input", "connection", "idempotency_key", "now"))
ANSWER = REQUEST | {"response", "status", "headers"}
WEBHOOK = frozenset(("payload", "connection", "headers", "index"))
CONNECTION = frozenset(("connection",))
POLL_REQUEST = REQUEST | {"since", "first"}
POLL = ANSWER | {"since", "first"}
OUTPUT = frozenset(("output", "input"))

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

_ALWAYS_IN_CONNECTION = frozenset(("access_token", "refresh_token", "base_url"))


@dataclass(frozen=True, slots=True)
class Known:
    """Names that exist at a place: None means any."""

    inputs: frozenset[str] | None = frozenset()
    connection: frozenset[str] | None = None


def names_of(schema: Mapping[str, Any]) -> frozenset[str] | None:
    """The fields of an object schema; None when it allows others."""
    if schema.get("additionalProperties", False) or schema.get("patternProperties"):
        return None
    return frozenset(schema.get("properties", {}))


def connection_names(manifest: Mapping[str, Any]) -> frozenset[str] | None:
    """Every value a connection can have, whatever its auth kind."""
    schemas = [manifest.get("connection", {}), *(auth.get("fields", {}) for auth in manifest.get("auth", ()))]
    own = [names_of(schema) for schema in schemas]
    bases = {f"base_url_{name}" for name in manifest.get("base_urls", {})}
    known = [names for names in own if names is not None]
    return None if len(known) < len(own) else frozenset().union(*known, bases, _ALWAYS_IN_CONNECTION)


def problems(value: Any, file: str, pointer: str, roots: frozenset[str], known: Known) -> Iterator[Problem]:
    """What is wrong with the templates in a JSON value that stands at this place."""
    for below, text in texts(value):
        place = pointer + below
        try:
            template = compile_template(text)
        except ExpressionSyntaxError as error:
            yield Problem(file, place, str(error))
            continue
        for path in template.paths():
            yield from _path_problems(path, file, place, roots, known)


def request_problems(
    spec: Mapping[str, Any],
    manifest: Mapping[str, Any],
    file: str,
    place: str,
    known: Known,
    roots: frozenset[str] = REQUEST,
) -> Iterator[Problem]:
    """What is wrong with one request description."""
    base = spec.get("base", "default")
    if base not in manifest.get("base_urls", {}):
        yield Problem(file, f"{place}/base", f"“{base}” is not one of the manifest's base_urls.")
    for name in _PLACEHOLDER.findall(spec["path"]):
        source, _, inner = name.partition(".")
        if source == "connection" and inner:
            if known.connection is not None and inner not in known.connection:
                yield Problem(file, f"{place}/path", f"“{inner}” is not a field of the connection.")
        elif known.inputs is not None and name.removeprefix("input.") not in known.inputs:
            yield Problem(file, f"{place}/path", f"“{name}” is not an input of this operation.")
    query = spec.get("query", ())
    if isinstance(query, list) and known.inputs is not None:
        for index, name in enumerate(query):
            if name not in known.inputs:
                yield Problem(file, f"{place}/query/{index}", f"“{name}” is not an input of this operation.")
    for part in ("headers", "query", "body"):
        yield from problems(spec.get(part), file, f"{place}/{part}", roots, known)


def _path_problems(
    path: tuple[str | int, ...], file: str, place: str, roots: frozenset[str], known: Known
) -> Iterator[Problem]:
    root = str(path[0])
    if root not in roots:
        yield Problem(file, place, f"“{root}” does not exist here. Known are: {', '.join(sorted(roots))}.")
        return
    names = {"input": known.inputs, "connection": known.connection}.get(root)
    if names is not None and len(path) > 1 and str(path[1]) not in names:
        what = "an input of this operation" if root == "input" else "a field of the connection"
        yield Problem(file, place, f"“{path[1]}” is not {what}.")
