"""The answer that a workflow's hook gives to its sender, where the trigger's input `reply` describes one.

It is given as soon as the event is stored, without waiting for the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

USUAL_STATUS = 200
_OURS = frozenset(
    ("content-length", "transfer-encoding", "connection", "set-cookie", "content-security-policy", "date", "server")
)
"""Headers that a reply cannot set: they belong to the server, or would act for the whole site."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


def reply_of(input: Mapping[str, Any]) -> Reply | None:
    """The reply that a trigger's input describes; None for the usual answer.

    A text is sent as it is, anything else as JSON.
    """
    described = input.get("reply")
    if not isinstance(described, Mapping) or not described:
        return None
    body = described.get("body")
    content, kind = _content(body)
    headers = {"Content-Type": kind}
    for name, value in (described.get("headers") or {}).items():
        if _is_allowed(str(name), str(value)):
            headers = {known: kept for known, kept in headers.items() if known.lower() != str(name).lower()}
            headers[str(name)] = str(value)
    status = described.get("status", USUAL_STATUS)
    return Reply(status if isinstance(status, int) else USUAL_STATUS, headers, content)


def _content(body: Any) -> tuple[bytes, str]:
    if body is None or body == "":
        return b"", "text/plain; charset=utf-8"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return orjson.dumps(body), "application/json"


def _is_allowed(name: str, value: str) -> bool:
    plain = name.replace("-", "").isalnum() and name.isascii() and value.isascii() and value.isprintable()
    return plain and name.lower() not in _OURS
