from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from web import serving


async def client_of(request: Request) -> Response:
    assert request.client
    return JSONResponse({"host": request.client.host, "scheme": request.url.scheme})


FORWARDED = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
APP = Starlette(routes=[Route("/client", client_of)])


def url_of(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{serving.port_of(listening)}"


async def seen_client(*trusted: str) -> dict[str, str]:
    listening = serving.listen("127.0.0.1", 0)
    server = serving.server(APP, listening, trusted_proxies=trusted)
    async with server.running(), httpx.AsyncClient() as http:
        seen: dict[str, str] = (await http.get(f"{url_of(listening)}/client", headers=FORWARDED)).json()
    return seen


async def test_forwarded_headers_of_a_trusted_proxy_are_believed() -> None:
    assert await seen_client("127.0.0.1") == {"host": "203.0.113.7", "scheme": "https"}


@pytest.mark.parametrize("trusted", [(), ("192.0.2.1",)])
async def test_forwarded_headers_of_anybody_else_are_not(trusted: tuple[str, ...]) -> None:
    assert await seen_client(*trusted) == {"host": "127.0.0.1", "scheme": "http"}


async def test_answer_under_way_is_finished_before_the_server_stops() -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        arrived.set()
        await go_on.wait()
        return PlainTextResponse("done")

    listening = serving.listen("127.0.0.1", 0)
    server = serving.server(Starlette(routes=[Route("/", slow)]), listening)
    async with server.running() as task, httpx.AsyncClient() as http:
        answer = asyncio.create_task(http.get(url_of(listening)))
        await arrived.wait()

        server.stop()
        go_on.set()

        assert (await answer).text == "done"
        await task


async def test_stopped_server_takes_no_more_connections() -> None:
    listening = serving.listen("127.0.0.1", 0)
    url = url_of(listening)
    async with serving.server(APP, listening).running():
        pass

    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{url}/client")


def test_port_in_use_is_refused_and_says_what_to_change() -> None:
    with serving.listen("127.0.0.1", 0) as taken:
        taken.listen()

        with pytest.raises(serving.CannotListen, match="--sandbox-port"):
            serving.listen("127.0.0.1", serving.port_of(taken), "--sandbox-port")


def test_name_that_is_no_address_is_refused() -> None:
    with pytest.raises(serving.CannotListen, match="not an address"):
        serving.listen("no such host.invalid", 0)
