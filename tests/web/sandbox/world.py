"""A sandbox in the test's own event loop: no sockets, a clock that stands still, naps that take no time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from tests.support.clock import SettableClock
from web.sandbox import (
    SANDBOX_GHL_LOCATION,
    SANDBOX_GHL_TOKEN,
    SANDBOX_MAILERCLOUD_KEY,
    Sandbox,
    SandboxSettings,
    create_sandbox,
)

HOOK = "https://stepline.test/hooks/abc"


class Naps:
    """A sleep that only moves the clock."""

    def __init__(self, clock: SettableClock) -> None:
        self._clock = clock
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self._clock.forward(seconds=seconds)
        await asyncio.sleep(0)


class Receiver:
    """The place webhooks are delivered to. Answers 200, unless told otherwise."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: deque[int | Exception] = deque()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.popleft() if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, json={"status": answer})

    def payloads(self) -> list[dict[str, Any]]:
        return [orjson.loads(request.content) for request in self.requests]


class World:
    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient, receiver: Receiver, naps: Naps) -> None:
        self.sandbox = sandbox
        self.http = http
        self.receiver = receiver
        self.naps = naps

    async def ghl(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """With good credentials; a header given replaces one of them."""
        good = {"Authorization": f"Bearer {SANDBOX_GHL_TOKEN}", "Version": "2021-07-28"} | headers
        return await self.http.request(method, f"/ghl{path}", json=body, headers=good)

    async def create_contact(self, **values: Any) -> dict[str, Any]:
        body = {"locationId": SANDBOX_GHL_LOCATION} | values
        response = await self.ghl("POST", "/contacts/", body)
        assert response.status_code == 201, response.text
        contact: dict[str, Any] = response.json()["contact"]
        return contact

    async def mailercloud(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": SANDBOX_MAILERCLOUD_KEY}
        return await self.http.request(method, f"/mailercloud{path}", json=body, headers=headers)

    async def send_email(self, email: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The answer of the e-mail API."""
        body = {"version": "1.0", "email": email} | more
        headers = {"Authorization": SANDBOX_MAILERCLOUD_KEY}
        response = await self.http.post("/mailercloud-email/email", json=body, headers=headers)
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        return answer

    def listen(self, vendor: str, **options: Any) -> None:
        """Registers a hook, so that events reach the receiver."""
        self.sandbox.hooks.add(vendor, HOOK, **options)

    async def delivered(self) -> list[dict[str, Any]]:
        """Every payload posted so far, once nothing is under way any more."""
        await self.sandbox.courier.settled()
        return self.receiver.payloads()


async def until(holds: Callable[[], object]) -> None:
    """Lets the loop run until something has become true."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  what is waited for belongs to others, who set no event
            await asyncio.sleep(0.005)


@asynccontextmanager
async def open_world(clock: SettableClock, settings: SandboxSettings | None = None) -> AsyncIterator[World]:
    receiver, naps = Receiver(), Naps(clock)
    outgoing = httpx.AsyncClient(transport=httpx.MockTransport(receiver))
    app = create_sandbox(settings, clock=clock, http=outgoing, sleep=naps)
    incoming = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.test")
    async with outgoing, incoming:
        sandbox: Sandbox = app.state.sandbox
        yield World(sandbox, incoming, receiver, naps)
        await sandbox.close()
