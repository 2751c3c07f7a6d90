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
_LOG_IN_HEADER = re.compile(
    r"(?i)^(proxy-)?authorization$|^(set-)?cookie$"
    r"|(^|[-_])(token|secret|password|(api|app|auth|access|client|private)[-_]?key)$"
)
ALWAYS_SECRET = ("access_token", "refresh_token", "client_secret", "password", "token", "api_key")
"""Names of connection values that are secret even where a schema forgot to say so."""


_KEY_NAME = r"(?:(?:api|app|auth|access|client|private|secret)?[-_]?(?:key|token|secret)|password|pwd|sig|signature)"
_KEY_IN_QUERY = re.compile(rf"(?i)([?&]{_KEY_NAME}=)(?!\{{\{{)[^&#]+")
_KEY_PARAMETER = re.compile(f"(?i){_KEY_NAME}")
_LOG_IN_IN_URL = re.compile(r"(://)[^/?#\s{]+@")


def is_log_in(header: str) -> bool:
    """Whether a header of this name carries a log-in."""
    return _LOG_IN_HEADER.search(header) is not None


def holds_key(value: Any) -> bool:
    """Whether a key or a password was typed into an address or into query parameters; expressions are none."""
    if isinstance(value, str):
        return bool(_KEY_IN_QUERY.search(value) or _LOG_IN_IN_URL.search(value))
    return isinstance(value, Mapping) and _without_keys(value, "") != value


def without_log_ins(input: Mapping[str, Any], hidden: str = HIDDEN) -> dict[str, Any]:
    """An operation's input with `hidden` in the place of log-ins in headers, address and query parameters."""
    clean = dict(input)
    if isinstance(headers := input.get("headers"), Mapping):
        clean["headers"] = {name: hidden if is_log_in(name) else value for name, value in headers.items()}
    if isinstance(query := input.get("query"), Mapping):
        clean["query"] = _without_keys(query, hidden)
    if isinstance(url := input.get("url"), str):
        clean["url"] = _without_keys_in(url, hidden)
    return clean


def _without_keys(query: Mapping[str, Any], hidden: str) -> dict[str, Any]:
    typed = {name for name, value in query.items() if _KEY_PARAMETER.fullmatch(name) and "{{" not in str(value)}
    return {name: hidden if name in typed else value for name, value in query.items()}


def _without_keys_in(url: str, hidden: str) -> str:
    return _LOG_IN_IN_URL.sub(rf"\1{hidden}@" if hidden else r"\1", _KEY_IN_QUERY.sub(rf"\1{hidden}", url))


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
        """The address without secrets, log-ins and what goes by the name of a key in its query."""
        return _without_keys_in(self.text(url), HIDDEN)

    def headers(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Headers without secrets; values of log-in headers are hidden whole."""
        return {name: HIDDEN if is_log_in(name) else self.text(value) for name, value in headers}

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
