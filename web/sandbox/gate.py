"""The way in to a vendor's API: journal, fault switch, login, request limit, then the vendor's routes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import Message, Receive, Scope, Send

from web.sandbox import faults as fault_kinds
from web.sandbox.faults import Fault, Faults
from web.sandbox.journal import Journal
from web.sandbox.replies import MalformedBody, Refused, Reply

Sleep = Callable[[float], Awaitable[None]]


class Manners(Protocol):
    """How one vendor refuses and what it adds to every answer."""

    vendor: str

    def admit(self, headers: Headers, method: str, path: str) -> None:
        """Checks login and request limit, and counts the request. Raises Refused."""

    def extra_headers(self) -> dict[str, str]: ...

    def too_many(self, retry_after: int | None) -> Reply: ...

    def broken(self) -> Reply: ...

    def malformed(self, why: str) -> Reply: ...

    def unknown(self, method: str, path: str) -> Reply: ...


class Hang:
    """Silence under a timeout fault: until the client gives up, the time is over or the server stops."""

    def __init__(self, sleep: Sleep, seconds: float) -> None:
        self._sleep = sleep
        self._seconds = seconds
        self._over = asyncio.Event()

    def release(self) -> None:
        """Ends every silence, now and later."""
        self._over.set()

    async def __call__(self, gone: Callable[[], Awaitable[None]]) -> None:
        """`gone` returns once the client has given up."""
        ends = [asyncio.ensure_future(end) for end in (gone(), self._sleep(self._seconds), self._over.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)


class Gate:
    """An ASGI app that stands before a vendor's routes."""

    def __init__(
        self,
        manners: Manners,
        router: Router,
        *,
        faults: Faults,
        journal: Journal,
        now: Callable[[], str],
        sleep: Sleep,
        hang: Hang,
    ) -> None:
        self._manners = manners
        self._router = router
        self._faults = faults
        self._journal = journal
        self._now = now
        self._sleep = sleep
        self._hang = hang

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        body = await Request(scope, receive).body()
        entry = self._note(scope, body)
        fault = self._faults.take(self._manners.vendor, entry["path"])
        entry["fault"] = fault.kind if fault else None
        response = await self._answer(scope, body, fault)
        if fault and fault.kind in (fault_kinds.TIMEOUT_BEFORE, fault_kinds.TIMEOUT_AFTER):
            await self._hang(lambda: _disconnected(receive))
            response = Reply({"message": "Gateway Timeout"}, 504)
        took = (time.perf_counter() - started) * 1000
        self._journal.close(entry, status=response.status_code, answer=bytes(response.body), duration_ms=took)
        await response(scope, receive, send)

    def _note(self, scope: Scope, body: bytes) -> dict[str, Any]:
        return self._journal.open(
            at=self._now(),
            vendor=self._manners.vendor,
            method=scope["method"],
            path=_path(scope),
            query=scope["query_string"].decode("latin-1"),
            headers=dict(Headers(scope=scope)),
            body=body,
        )

    async def _answer(self, scope: Scope, body: bytes, fault: Fault | None) -> Response:
        match fault.kind if fault else fault_kinds.NONE:
            case fault_kinds.RATE_LIMITED:
                return self._manners.too_many(fault.retry_after if fault else None)
            case fault_kinds.BROKEN:
                return self._manners.broken()
            case fault_kinds.TIMEOUT_BEFORE:
                return Reply(None, 504)
            case fault_kinds.SLOW if fault:
                await self._sleep(fault.ms / 1000)
        try:
            self._manners.admit(_credentials(scope, fault), scope["method"], _path(scope))
            response = await self._routed(scope, body)
        except Refused as refused:
            response = refused.reply()
        except MalformedBody as malformed:
            response = self._manners.malformed(str(malformed))
        response.headers.update(self._manners.extra_headers())
        return response

    async def _routed(self, scope: Scope, body: bytes) -> Response:
        """The route's answer, held back so that it can be journaled, given headers or dropped."""
        answer = Response()
        answer.body = b""

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status_code = message["status"]
                answer.raw_headers = list(message["headers"])
            else:
                answer.body = bytes(answer.body) + message.get("body", b"")

        try:
            await self._router(scope, receive, send)
        except HTTPException:
            return self._manners.unknown(scope["method"], _path(scope))
        return answer


def _credentials(scope: Scope, fault: Fault | None) -> Headers:
    """The request's headers; without any login under the fault that refuses every key."""
    headers = Headers(scope=scope)
    if fault is None or fault.kind != fault_kinds.LOGGED_OUT:
        return headers
    return Headers({name: value for name, value in headers.items() if name != "authorization"})


def _path(scope: Scope) -> str:
    """Below the place where the vendor is mounted."""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
