"""JSON in and out, and the one exception with which a vendor's rule refuses a request."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

Record = dict[str, Any]


class Reply(Response):
    """A JSON answer."""

    media_type = "application/json; charset=utf-8"

    def __init__(self, content: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        super().__init__(content, status_code=status, headers=headers)

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


class Refused(Exception):
    """The vendor answers `status` with `body` instead of doing what was asked."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = headers

    def reply(self) -> Reply:
        return Reply(self.body, self.status, self.headers)


class MalformedBody(Exception):
    """The body is not a JSON object."""


async def json_body(request: Request) -> Record:
    """The body as an object; an empty body is an empty object. Raises MalformedBody."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(str(error)) from error
    if not isinstance(body, dict):
        raise MalformedBody("expected a JSON object")
    return body
