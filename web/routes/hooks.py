"""Hooks: where other systems deliver their events. A bare ASGI application, since every event pays for what it does.

GoHighLevel delivers again after 429 and after no other answer, so 429 stands for everything that may pass.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

import orjson
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from engine.errors import EngineError, NotFound, Overloaded, Unstorable
from engine.triggers.receive import Receiver
from engine.triggers.reply import Reply

log = logging.getLogger("stepline.web")

Later = Callable[[float, Callable[[], None]], None]

PREFIX = "/hooks/"
METHODS = ("POST", "GET", "PUT")
"""Some services check an address by GET, some systems can only send GET or PUT."""
STATUS = {"unknown": 404, "refused": 401, "probe": 200, "switched_off": 410, "duplicate": 200}
"""Accepted events are answered with what their sender takes for success: 202, unless its connector says otherwise."""
RETRY_AFTER = 10
"""Seconds, when the database is away and nobody can say for how long."""
TOLD_EVERY = 10
"""Seconds between two lines in the log about overload."""
NOT_STORED = "This event was not stored. Send it again later."


def _later(seconds: float, call: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, call)


class Hooks:
    """Answers {"status", "event_ids", "message"} at /hooks/{token}; success only after the events are stored.

    `headers` stand on every answer. Bodies of more than `max_bytes` are refused while they arrive.
    `later` calls a function after so many seconds.
    """

    def __init__(
        self,
        receiver: Receiver,
        max_bytes: int,
        headers: Mapping[str, str],
        later: Later = _later,
    ) -> None:
        self._receiver = receiver
        self._max_bytes = max_bytes
        self._protection = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._headers = [(b"content-type", b"application/json"), *self._protection]
        self._overload = _Overload(later)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method == "HEAD":  # asks whether somebody is there; must not start anything
            return await self._answer(send, 200, "probe")
        if method not in METHODS:
            return await self._answer(
                send, 405, "refused", "Send events by POST, PUT or GET.", allow=", ".join(METHODS)
            )
        headers = Headers(scope=scope)
        try:
            raw = await self._read(headers, receive)
        except Disconnected:
            return None
        if raw is None:
            message = "This is larger than the largest event that this server accepts."
            return await self._answer(send, 413, "too_large", message)
        return await self._receive(scope, headers, raw, send)

    async def _receive(self, scope: Scope, headers: Headers, raw: bytes, send: Send) -> None:
        token, query = scope["path"][len(PREFIX) :], scope["query_string"].decode("latin-1")
        try:
            receipt = await self._receiver.receive(token, scope["method"], headers, raw, query)
        except NotFound as error:
            return await self._answer(send, 404, "unknown", error.message)
        except Overloaded as error:
            self._overload.note()
            return await self._answer(send, 429, "overloaded", error.message, retry_after=error.retry_after)
        except Unstorable as error:
            log.warning("an event was refused: %s %s", error.message, error.detail)
            return await self._answer(send, 422, "refused", error.message)
        except EngineError as error:
            log.error("an event could not be stored and was answered with 429: %s %s", error.message, error.detail)
            return await self._answer(send, 429, "unavailable", NOT_STORED, retry_after=RETRY_AFTER)
        except Exception:
            log.exception("an event could not be stored and was answered with 429")
            return await self._answer(send, 429, "unavailable", NOT_STORED, retry_after=RETRY_AFTER)
        if receipt.reply is not None:
            return await self._reply(send, receipt.reply)
        code = receipt.accepted_status if receipt.outcome in ("accepted", "unreadable") else STATUS[receipt.outcome]
        return await self._answer(send, code, receipt.outcome, receipt.message, receipt.event_ids)

    async def _reply(self, send: Send, reply: Reply) -> None:
        """A workflow's own answer. Whatever it holds, a browser keeps it apart from the rest of this site."""
        headers = [*self._protection, (b"content-security-policy", b"sandbox; default-src 'none'")]
        headers += [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
        headers.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _read(self, headers: Headers, receive: Receive) -> bytes | None:
        """The body, or None as soon as it is known to be too large. Raises Disconnected."""
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._max_bytes:
            return None
        body, more = b"", True
        chunks: list[bytes] = []
        size = 0
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            body, more = message.get("body", b""), message.get("more_body", False)
            chunks.append(body)
            size += len(body)
            if size > self._max_bytes:
                return None
        return body if len(chunks) == 1 else b"".join(chunks)

    async def _answer(
        self,
        send: Send,
        code: int,
        status: str,
        message: str = "",
        event_ids: Sequence[str] = (),
        *,
        retry_after: int | None = None,
        allow: str = "",
    ) -> None:
        body = orjson.dumps({"status": status, "event_ids": event_ids, "message": message})
        headers = [*self._headers, (b"content-length", b"%d" % len(body))]
        if retry_after is not None:
            headers.append((b"retry-after", b"%d" % retry_after))
        if allow:
            headers.append((b"allow", allow.encode()))
        await send({"type": "http.response.start", "status": code, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class _Overload:
    """Counts the events that were too many, and tells the log: at once, then now and then while it lasts."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._refused = 0
        self._resting = False

    def note(self) -> None:
        self._refused += 1
        if not self._resting:
            self._tell()

    def _tell(self) -> None:
        self._resting = self._refused > 0
        if not self._resting:
            return
        log.warning(
            "%s refused with 429 since the last line like this, because more arrives than is worked off; their "
            "senders were asked to send them again. If it goes on, raise STEPLINE_RUN_CONCURRENCY; to let more wait, "
            "raise STEPLINE_MAX_QUEUED_RUNS and STEPLINE_MAX_QUEUED_WRITES.",
            "1 event was" if self._refused == 1 else f"{self._refused} events were",
        )
        self._refused = 0
        self._later(TOLD_EVERY, self._tell)


class Disconnected(Exception):
    """Raised when the sender went away in the middle of its event."""
