"""What a connection asks for: one schema out of the connector's own fields and those of the chosen login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors._kit.errors import InputInvalid
from connectors._kit.model import AuthKind, Connector
from connectors._kit.schema import compile_schema
from engine.errors import Invalid, Problem

# What a service hands out after a sign-in there; nobody types it.
OAUTH_TOKENS: Mapping[str, Any] = {
    "access_token": {"type": "string", "x-secret": True, "x-hidden": True},
    "refresh_token": {"type": "string", "x-secret": True, "x-hidden": True},
    "expires_at": {"type": "string", "format": "date-time", "x-hidden": True},
}


def login(connector: Connector, key: str) -> AuthKind:
    """Raises Invalid when the connector has no such login."""
    found = connector.auth_kind(key)
    if found is None:
        problem = Problem(f"Choose how to log in to {connector.name}.", "/auth", field="auth")
        raise Invalid("The connection was not saved.", [problem])
    return found


def schema(connector: Connector, auth: AuthKind) -> dict[str, Any]:
    """One object schema: the login's fields first. Fields with `x-secret` are stored encrypted."""
    parts = (auth.fields, connector.connection_schema)
    properties: dict[str, Any] = {}
    for part in parts:
        properties.update(part.get("properties", {}))
    if auth.kind == "oauth2":
        properties.update(OAUTH_TOKENS)
    for name, field in _addresses(connector).items():
        properties.setdefault(name, field)
    return {
        "type": "object",
        "properties": properties,
        "required": [name for part in parts for name in part.get("required", ())],
        "additionalProperties": False,
        "x-order": [name for part in parts for name in part.get("x-order", part.get("properties", {}))],
    }


def secret_names(schema: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name, field in schema["properties"].items() if field.get("x-secret"))


def accept(schema: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the schema wants them, spaces around pasted texts removed. Raises Invalid, by field."""
    given = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    given = {name: value for name, value in given.items() if value not in ("", None)}
    try:
        accepted: dict[str, Any] = compile_schema(schema).accept(given)
    except InputInvalid as error:
        problems = [
            Problem(problem.message, problem.pointer, field=problem.pointer.split("/")[1] or None)
            for problem in error.problems
        ]
        raise Invalid("The connection was not saved.", problems) from error
    return accepted


def _addresses(connector: Connector) -> dict[str, Any]:
    """Every connector can be reached through other addresses: a proxy, a regional host, a test server."""
    names = {key: "base_url" if key == "default" else f"base_url_{key}" for key in connector.base_urls}
    return {
        name: {"type": "string", "format": "uri", "title": f"API address ({key})", "x-advanced": True}
        for key, name in names.items()
    }
