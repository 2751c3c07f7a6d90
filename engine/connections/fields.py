"""What a connection asks for: one schema out of the connector's own fields and those of the chosen login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors._kit.errors import InputInvalid
from connectors._kit.model import AuthKind, Connector
from connectors._kit.schema import compile_schema
from engine.errors import Invalid, Problem

# What a service hands out after a sign-in there; nobody types it. See `engine.oauth.values`.
OAUTH_TOKENS: Mapping[str, Any] = {
    "access_token": {"type": "string", "x-secret": True, "x-hidden": True},
    "refresh_token": {"type": "string", "x-secret": True, "x-hidden": True},
    "expires_at": {"type": "string", "format": "date-time", "x-hidden": True},
    "renew_at": {"type": "string", "format": "date-time", "x-hidden": True},
    "scopes": {"type": "array", "items": {"type": "string"}, "x-hidden": True},
    "granted": {"type": "object", "x-hidden": True},
    "account": {"type": "string", "x-hidden": True},
}
OAUTH_CHOICES: Mapping[str, Any] = {
    "ask_scopes": {
        "type": "string",
        "title": "Permissions to ask for",
        "description": "The scopes that your app has, separated by blanks. Empty asks for those of the most used "
        "operations.",
        "x-advanced": True,
        "x-multiline": True,
    },
    "authorize_url": {
        "type": "string",
        "format": "uri",
        "title": "Sign-in address",
        "description": "Only when people sign in at another address, such as that of a white label.",
        "x-advanced": True,
    },
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
        said = {name: {**properties[name], "x-hidden": True} for name in auth.values if name in properties}
        properties |= {**said, **OAUTH_TOKENS, **OAUTH_CHOICES}
    for name, field in _addresses(connector).items():
        properties.setdefault(name, field)
    return {
        "type": "object",
        "properties": properties,
        "required": [name for part in parts for name in part.get("required", ()) if name not in auth.values],
        "additionalProperties": False,
        "x-order": [name for part in parts for name in part.get("x-order", part.get("properties", {}))],
    }


def secret_names(schema: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name, field in schema["properties"].items() if field.get("x-secret"))


def hidden_names(schema: Mapping[str, Any]) -> frozenset[str]:
    """Values that no form shows and none can change."""
    return frozenset(name for name, field in schema["properties"].items() if field.get("x-hidden"))


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
