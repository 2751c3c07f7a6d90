"""The sandbox as a running server, with real sockets on both sides."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.web.sandbox.world import until
from web.sandbox import SANDBOX_GHL_TOKEN, Sandbox, SandboxSettings, create_sandbox

HEADERS = {"Authorization": f"Bearer {SANDBOX_GHL_TOKEN}", "Version": "2021-07-28"}
NEW = {"locationId": "sandbox-location", "email": "lena@example.com"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(started: uvicorn.Server) -> AsyncIterator[str]:
    """The address of the server while it runs; afterwards it has stopped on its own."""
    serving = asyncio.create_task(started.serve())
    await until(lambda: started.started)
    try:
        yield f"http://127.0.0.1:{started.config.port}"
    finally:
        started.should_exit = True
        await asyncio.wait_for(serving, 10)


class SandboxServer(uvicorn.Server):
    def __init__(self, **settings: Any) -> None:
        app = create_sandbox(SandboxSettings(**settings))
        super().__init__(uvicorn.Config(app, port=free_port(), log_level="warning", access_log=False))
        self.sandbox: Sandbox = app.state.sandbox


class Listener:
    """A hook on a real port."""

    def __init__(self) -> None:
        self.bodies: asyncio.Queue[bytes] = asyncio.Queue()
        app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])
        config = uvicorn.Config(app, port=free_port(), log_level="warning", access_log=False)
        self.server = uvicorn.Server(config)

    async def _take(self, request: Request) -> Response:
        self.bodies.put_nowait(await request.body())
        return Response(status_code=202)


async def test_contact_created_over_http_is_delivered_over_http() -> None:
    listener = Listener()
    async with (
        running(listener.server) as hook,
        running(SandboxServer(hooks=(("gohighlevel", f"{hook}/hook"),))) as address,
        httpx.AsyncClient(base_url=address, headers=HEADERS) as client,
    ):
        response = await client.post("/ghl/contacts/", json=NEW)

        assert response.status_code == 201
        body = await asyncio.wait_for(listener.bodies.get(), 5)
        assert b'"type":"ContactCreate"' in body


async def test_stopping_ends_waiting_deliveries_and_hanging_requests() -> None:
    # given a hook that nobody serves, and a request that is left without an answer
    started = SandboxServer(hooks=(("mailercloud", f"http://127.0.0.1:{free_port()}/hook"),))
    async with running(started) as address, httpx.AsyncClient(base_url=address, headers=HEADERS) as client:
        await client.post("/_sandbox/faults", json={"vendor": "gohighlevel", "kind": "timeout_before"})
        started.sandbox.hooks.publish("mailercloud", "Opened", {"event": "Opened"})
        hanging = asyncio.create_task(client.post("/ghl/contacts/", json=NEW, timeout=30))
        await until(started.sandbox.journal.entries)

        # when
        started.sandbox.release()
        started.should_exit = True

        # then
        assert (await hanging).status_code == 504
    assert [delivery.status for delivery in started.sandbox.courier.entries()] == ["cancelled"]


async def test_client_that_gives_up_frees_the_hanging_request() -> None:
    started = SandboxServer()
    async with running(started) as address, httpx.AsyncClient(base_url=address, headers=HEADERS) as client:
        await client.post("/_sandbox/faults", json={"vendor": "gohighlevel", "kind": "timeout_after"})

        with pytest.raises(httpx.ReadTimeout):
            await client.post("/ghl/contacts/", json=NEW, timeout=0.3)

        entry = started.sandbox.journal.entries()[0]
        await until(lambda: entry["status"] is not None)
        contacts = (await client.get("/_sandbox/state")).json()["gohighlevel"]["contacts"]
        assert "lena@example.com" in {contact["email"] for contact in contacts}
