"""HTTP requests that the user describes: one function, since the operations differ only in their method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from connectors._kit.context import Context
from connectors._kit.errors import UnusableValue
from connectors._kit.outgoing import query_pairs
from connectors._kit.values import as_text, shown

Input = Mapping[str, Any]


async def send(input: Input, context: Context) -> dict[str, Any]:
    """The answer as {"status", "headers", "body", "url"}; header names in lower case.

    A 4xx or 5xx answer fails the step unless `fail_on_error` is false.
    """
    method = str(input.get("method") or context.operation.key).upper()
    headers = {str(name): as_text(value) for name, value in (input.get("headers") or {}).items()}
    content, content_type = (None, "") if method in ("GET", "HEAD") else _body(input)
    if content_type and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = content_type
    answer = await context.send(
        method,
        _url(str(input["url"])),
        headers=headers,
        query=query_pairs(input.get("query") or {}),
        content=content,
        seconds=input.get("timeout_seconds"),
        follow_redirects=bool(input.get("follow_redirects", True)),
        raise_for_status=bool(input.get("fail_on_error", True)),
    )
    return {"status": answer.status, "headers": dict(answer.headers), "body": answer.body, "url": answer.url}


def _url(text: str) -> str:
    url = text.strip()
    if not url.lower().startswith(("http://", "https://")):
        raise UnusableValue(f"{shown(url)} is not a web address: it must begin with https:// or http://.")
    return url


def _body(input: Input) -> tuple[bytes | None, str]:
    """The bytes to send and what kind they are."""
    body, kind = input.get("body"), input.get("body_type", "json")
    if body is None or kind == "none":
        return None, ""
    match kind:
        case "form":
            if not isinstance(body, Mapping):
                raise UnusableValue("A form needs names and values.")
            return urlencode(query_pairs(body)).encode(), "application/x-www-form-urlencoded"
        case "text":
            return as_text(body).encode(), "text/plain; charset=utf-8"
    return _json(body), "application/json"


def _json(body: Any) -> bytes:
    """Text must already be JSON; anything else is written as JSON."""
    if not isinstance(body, str):
        return orjson.dumps(body)
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnusableValue(f"The body is not valid JSON: {error.msg} in line {error.lineno}.") from None
    return body.encode()
