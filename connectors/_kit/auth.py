"""Puts a connection's log-in into a request."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from connectors._kit.errors import Failure, FailureKind, OperationFailed
from connectors._kit.expressions import compile_template
from connectors._kit.model import AuthKind
from connectors._kit.outgoing import Outgoing
from connectors._kit.values import as_text

Values = Mapping[str, Any]
Apply = Callable[[Outgoing, Values], None]


def compile_auth(auth: AuthKind) -> Apply:
    """A function that adds the log-in of this kind to a request.

    It raises OperationFailed(auth) when the connection lacks a value.
    """
    match auth.kind:
        case "bearer":
            return lambda outgoing, values: _bearer(outgoing, values, "token")
        case "oauth2":
            return lambda outgoing, values: _bearer(outgoing, values, "access_token")
        case "basic":
            return _basic
        case "api_key":
            return _api_key(auth)
    return _nothing


def clean_secret(value: str) -> str:
    """A pasted key without the blanks around it and without a leading "Bearer "."""
    value = value.strip()
    scheme, _, rest = value.partition(" ")
    return rest.strip() if scheme.lower() == "bearer" and rest else value


def _nothing(outgoing: Outgoing, values: Values) -> None:
    """No log-in."""


def _bearer(outgoing: Outgoing, values: Values, name: str) -> None:
    outgoing.set_header("Authorization", f"Bearer {clean_secret(_required(values, name))}")


def _basic(outgoing: Outgoing, values: Values) -> None:
    pair = f"{_required(values, 'username')}:{values.get('password') or ''}"
    outgoing.set_header("Authorization", f"Basic {b64encode(pair.encode()).decode()}")


def _api_key(auth: AuthKind) -> Apply:
    value, header, query = (compile_template(text) for text in (auth.value, auth.header, auth.query))
    secret = [
        name
        for name, field in auth.fields.get("properties", {}).items()
        if isinstance(field, Mapping) and field.get("x-secret")
    ]

    def apply(outgoing: Outgoing, values: Values) -> None:
        cleaned = {**values, **{name: clean_secret(_required(values, name)) for name in secret if values.get(name)}}
        text = as_text(value.render({"connection": cleaned}, omit_missing=True))
        if not text.strip():
            raise _incomplete("the key")
        if auth.query:
            outgoing.query.append((as_text(query.render({"connection": cleaned})), text))
        else:
            outgoing.set_header(as_text(header.render({"connection": cleaned})), text)

    return apply


def _required(values: Values, name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _incomplete(name.replace("_", " "))
    return value


def _incomplete(what: str) -> OperationFailed:
    return OperationFailed(
        Failure(
            FailureKind.AUTH,
            f"The connection has no log-in: {what} is missing.",
            remedy="Open the connection, complete it and test it.",
        )
    )
