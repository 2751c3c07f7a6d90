"""Hooks: where other systems deliver their events. A bare route, because every event pays for what it does.

GoHighLevel delivers again after 429 and after no other answer, so 429 stands for everything that may pass.
"""

from __future__ import annotations

import logging
from typing import Any, Protocol

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from engine.errors import EngineError, NotFound, Overloaded
from engine.triggers.receive import Receiver

log = logging.getLogger("stepline.web")

STATUS = {"unknown": 404, "refused": 401, "probe": 200, "switched_off": 410, "duplicate": 200}
RETRY_AFTER = 10
"""Seconds, when the database is away and nobody can say for how long."""


class HookServices(Protocol):
    """The part of the engine's container that hooks need."""

    @property
    def receiver(self) -> Receiver: ...


async def receive(request: Request) -> Response:
    """Answers {"status", "event_ids", "message"}; 202 only after the events are stored."""
    if request.method == "HEAD":  # asks whether somebody is there; must not start anything
        return Response()
    try:
        raw = await _read(request, request.app.state.settings.max_event_bytes)
    except ClientDisconnect:
        return Response(status_code=400)
    if raw is None:
        return _answer(413, "too_large", "This is larger than the largest event that this server accepts.")
    return await _receive(request, raw)


def route() -> Route:
    """All methods in one place: some services check an address by GET, some systems can only send GET or PUT."""
    return Route("/hooks/{token}", receive, methods=["GET", "POST", "PUT"], include_in_schema=False)


async def _receive(request: Request, raw: bytes) -> Response:
    services: HookServices = request.app.state.stepline
    token, query = request.path_params["token"], request.scope["query_string"].decode("latin-1")
    try:
        receipt = await services.receiver.receive(token, request.method, request.headers, raw, query)
    except NotFound as error:
        return _answer(404, "unknown", error.message)
    except Overloaded as error:
        return _answer(429, "overloaded", error.message, retry_after=error.retry_after)
    except EngineError as error:
        log.error("an event could not be stored and was answered with 429: %s %s", error.message, error.detail)
        return _not_stored()
    except Exception:
        log.exception("an event could not be stored and was answered with 429")
        return _not_stored()
    status = STATUS.get(receipt.outcome, receipt.accepted_status)
    return _answer(status, receipt.outcome, receipt.message, receipt.event_ids)


async def _read(request: Request, limit: int) -> bytes | None:
    """The body, or None as soon as it is known to be larger than `limit` bytes."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit:
        return None
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _not_stored() -> Response:
    return _answer(429, "unavailable", "This event was not stored. Send it again later.", retry_after=RETRY_AFTER)


def _answer(
    code: int, status: str, message: str, event_ids: tuple[str, ...] = (), *, retry_after: int | None = None
) -> Response:
    body: dict[str, Any] = {"status": status, "event_ids": event_ids, "message": message}
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
    return Response(orjson.dumps(body), code, headers, media_type="application/json")
