"""Removes secrets from what is stored and shown of a request.

A Redactor knows the secret values of one call. It replaces them wherever they stand, also URL-encoded or escaped in
JSON, and hides headers that carry log-ins whatever they hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "••••••"
BODY_LIMIT = 16_384
"""Characters of a body that are kept."""

_SHORTEST = 4  # shorter "secrets" would blank out innocent text
LOG_IN_HEADERS = frozenset(
    (
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "api-key",
        "apikey",
        "x-auth-token",
        "x-access-token",
    )
)
ALWAYS_SECRET = ("access_token", "refresh_token", "client_secret", "password", "token", "api_key")
"""Names of connection values that are secret even where a schema forgot to say so."""


_KEY_IN_QUERY = re.compile(
    r"([?&](?:(?:api|app|auth|access|client|private|secret)?[-_]?(?:key|token|secret)|password|pwd|sig|signature)=)[^&#]+",
    re.IGNORECASE,
)


def without_log_ins(input: Mapping[str, Any], hidden: str = HIDDEN) -> dict[str, Any]:
    """An operation's input with `hidden` in the place of headers that carry log-ins, which are refused only later."""
    headers = input.get("headers")
    if not isinstance(headers, Mapping):
        return dict(input)
    clean = {name: hidden if name.lower() in LOG_IN_HEADERS else value for name, value in headers.items()}
    return {**input, "headers": clean}


class Redactor:
    """Immutable. `secrets` are the plain values."""

    __slots__ = ("_forms",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms: dict[str, None] = {}
        for secret in secrets:
            if len(secret) >= _SHORTEST:
                escaped = json.dumps(secret)[1:-1]
                plain = json.dumps(secret, ensure_ascii=False)[1:-1]
                forms.update(dict.fromkeys((secret, escaped, plain, quote(secret, safe=""), quote_plus(secret))))
        self._forms = tuple(sorted(forms, key=len, reverse=True))

    def text(self, text: str) -> str:
        """The text without secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        return text

    def url(self, url: str) -> str:
        """The address without secrets; what goes by the name of a key in its query is hidden whole."""
        return _KEY_IN_QUERY.sub(rf"\1{HIDDEN}", self.text(url))

    def headers(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Headers without secrets; values of log-in headers are hidden whole."""
        return {name: HIDDEN if name.lower() in LOG_IN_HEADERS else self.text(value) for name, value in headers}

    def body(self, body: bytes | str | None) -> str | None:
        """The body as text without secrets, cut at BODY_LIMIT with a marker; None when empty."""
        if not body:
            return None
        longest = max(map(len, self._forms), default=0)
        reach = BODY_LIMIT + longest
        text = body if isinstance(body, str) else body[: 4 * reach].decode("utf-8", "replace")
        if len(text) <= reach and (isinstance(body, str) or len(body) <= 4 * reach):
            clean = self.text(text)
            if len(clean) <= BODY_LIMIT:
                return clean
        else:
            clean = self.text(text[:reach])
            clean = clean[: len(clean) - longest]  # a secret that the cut goes through would not be recognised
        return f"{clean[:BODY_LIMIT]}… (cut, {len(body)} in all)"


def secret_names(*schemas: Mapping[str, Any]) -> frozenset[str]:
    """Names of the fields that the schemas mark with x-secret."""
    return frozenset(
        name
        for schema in schemas
        for name, field in schema.get("properties", {}).items()
        if isinstance(field, Mapping) and field.get("x-secret")
    )


def secret_values(values: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The texts in `values` under these names, or under names that always mean a secret."""
    return [value for name in {*names, *ALWAYS_SECRET} if isinstance(value := values.get(name), str) and value]
