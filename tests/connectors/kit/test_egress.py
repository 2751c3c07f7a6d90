"""The HTTP client: kept away from internal networks, exact about what was sent, tidy at the end."""

from __future__ import annotations

import asyncio
import gzip
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from connectors._kit.caller import Caller
from connectors._kit.context import Credentials
from connectors._kit.egress import EgressPolicy, open_client
from connectors._kit.errors import EgressRefused, OperationFailed
from connectors._kit.outgoing import Outgoing
from connectors._kit.redact import Redactor
from connectors._kit.registry import Registry
from connectors._kit.sending import NoAnswer, Sender
from tests.support.connector_folder import action, registry_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FixedResolver(AbstractResolver):
    """Every name lies at the given addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        pass


@dataclass
class Server:
    """A real server on the loopback interface."""

    port: int
    handler: Handler
    seen: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async def answer(request: web.Request) -> web.StreamResponse:
        started.seen.append(request.raw_path)
        await request.read()
        return await started.handler(request)

    async def ok(request: web.Request) -> web.StreamResponse:
        return web.json_response({"cookie": request.headers.get("Cookie"), "host": request.headers["Host"]})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    started = Server(runner.addresses[0][1], ok)
    yield started
    await runner.cleanup()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "255.255.255.255", "224.0.0.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::10.0.0.1", "fd00:ec2::254", "fe80::1%eth0",
    ],
)  # fmt: skip
def test_internal_address_is_refused(address: str) -> None:
    assert not EgressPolicy().allows_address(address, 443)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_public_address_is_allowed(address: str) -> None:
    assert EgressPolicy().allows_address(address, 443)


@pytest.mark.parametrize(
    ("entry", "address", "port", "allowed"),
    [
        ("10.0.0.0/8", "10.1.2.3", 443, True),
        ("10.0.0.0/8", "192.168.1.1", 443, False),
        ("127.0.0.1", "127.0.0.1", 8001, True),
        ("127.0.0.1:8001", "127.0.0.1", 8001, True),
        ("127.0.0.1:8001", "127.0.0.1", 5432, False),
        ("127.0.0.1:8001", "::ffff:127.0.0.1", 8001, True),
        ("[::1]:8001", "::1", 8001, True),
        ("::1", "::1", 8001, True),
        ("fc00::/7", "fd00::5", 443, True),
        ("*", "10.0.0.1", 22, True),
    ],
)
def test_allow_list_opens_networks_and_ports(entry: str, address: str, port: int, allowed: bool) -> None:
    assert EgressPolicy([entry]).allows_address(address, port) is allowed


def test_allowed_name_may_lie_anywhere_and_only_that_name() -> None:
    policy = EgressPolicy(["CRM.intranet", "localhost:8001"])

    policy.check("crm.intranet.", 443, ["10.0.0.1"])
    policy.check("localhost", 8001, ["127.0.0.1"])
    for host, port in (("localhost", 5432), ("other.intranet", 443)):
        with pytest.raises(EgressRefused, match="private network"):
            policy.check(host, port, ["10.0.0.1"])


def test_one_private_address_among_public_ones_refuses_all() -> None:
    with pytest.raises(EgressRefused):
        EgressPolicy().check("x.example", 443, ["8.8.8.8", "127.0.0.1"])


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_literal_address_is_refused_before_connecting(server: Server, host: str) -> None:
    async with open_client() as http:
        with pytest.raises(EgressRefused):
            await http.get(f"http://{host}:{server.port}/")

    assert server.seen == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1"])
async def test_strangely_written_loopback_address_is_not_reached(server: Server, host: str) -> None:
    async with open_client() as http:
        with pytest.raises((EgressRefused, httpx.TransportError, httpx.InvalidURL)):
            await http.get(f"http://{host}:{server.port}/")

    assert server.seen == []


async def test_name_that_resolves_to_a_private_address_is_refused(server: Server) -> None:
    resolver = FixedResolver("127.0.0.1")

    async with open_client(resolver=resolver) as http:
        with pytest.raises(EgressRefused, match=r"innocent\.example lies in a private network"):
            await http.get(f"http://innocent.example:{server.port}/")

    assert resolver.asked == ["innocent.example"]
    assert server.seen == []


async def test_redirect_into_the_private_network_is_refused(server: Server) -> None:
    async def redirect(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"http://localhost:{server.port}/metadata")

    server.handler = redirect
    async with open_client(
        allow=[f"127.0.0.1:{server.port + 1}", "public.example"], resolver=FixedResolver("127.0.0.1")
    ) as http:
        sender = Sender(http, lambda: datetime.now(UTC))
        with pytest.raises(NoAnswer) as caught:
            await sender.follow(Outgoing("GET", f"http://public.example:{server.port}/"), Redactor(), 5)

    assert isinstance(caught.value.cause, EgressRefused)
    assert server.seen == ["/"]


async def test_allowed_server_is_reached_and_the_path_arrives_as_written(server: Server) -> None:
    async with open_client(allow=[f"127.0.0.1:{server.port}"]) as http:
        answer = await http.get(f"{server.url}/a%2Fb%20c/%25?q=x%2By%26z&e=%C3%BC&plus=a%20b")

    assert answer.status_code == 200
    assert server.seen[0].replace("+", "%20").lower() == "/a%2fb%20c/%25?q=x%2by%26z&e=%c3%bc&plus=a%20b"


async def test_cookies_of_one_account_are_not_sent_for_another(server: Server) -> None:
    async def with_cookie(request: web.Request) -> web.StreamResponse:
        answer = web.json_response({"cookie": request.headers.get("Cookie")})
        answer.set_cookie("session", "ada")
        return answer

    server.handler = with_cookie
    async with open_client(allow=["*"]) as http:
        await http.get(server.url)
        second = await http.get(server.url)

    assert second.json() == {"cookie": None}


def caller(
    tmp_path: Path, http: httpx.AsyncClient, server: Server, **manifest: object
) -> tuple[Caller, Registry, Credentials]:
    registry = registry_of(
        tmp_path, {"orders/create": action(), "orders/list": action("GET", title="List")}, manifest=manifest
    )
    credentials = Credentials("c1", "shop", "token", {"token": "tok-12345", "base_url": server.url})
    return Caller(registry, http, lambda: datetime.now(UTC)), registry, credentials


async def kind_of_failure(
    tmp_path: Path, server: Server, name: str = "create", allow: str = "*", **manifest: object
) -> str:
    async with open_client(allow=[allow]) as http:
        calls, registry, credentials = caller(tmp_path, http, server, **manifest)
        with pytest.raises(OperationFailed) as caught:
            await calls.execute(registry.operation(f"shop.orders.{name}"), {}, credentials, idempotency_key="k")
    return caught.value.failure.kind


async def test_refused_address_is_a_failure_of_configuration(tmp_path: Path, server: Server) -> None:
    assert await kind_of_failure(tmp_path, server, allow="10.0.0.0/8") == "config"


async def test_closed_port_is_certainly_not_sent(tmp_path: Path, server: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]

        assert await kind_of_failure(tmp_path, server) == "transient"


@pytest.mark.parametrize(("name", "kind"), [("create", "uncertain"), ("list", "transient")])
async def test_connection_lost_after_sending_leaves_a_write_uncertain(
    tmp_path: Path, server: Server, name: str, kind: str
) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        await asyncio.Event().wait()
        raise AssertionError

    server.handler = hang_up

    assert await kind_of_failure(tmp_path, server, name) == kind


async def test_answer_that_stays_out_leaves_a_write_uncertain(tmp_path: Path, server: Server) -> None:
    async def never(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    server.handler = never

    assert await kind_of_failure(tmp_path, server, timeout_seconds=0.05) == "uncertain"


async def test_answer_that_trickles_on_for_ever_is_ended_by_the_time_limit(tmp_path: Path, server: Server) -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b".")
            await asyncio.sleep(0.01)

    server.handler = trickle

    assert await kind_of_failure(tmp_path, server, timeout_seconds=0.1) == "uncertain"


async def test_compressed_answer_is_read(tmp_path: Path, server: Server) -> None:
    async def compressed(request: web.Request) -> web.StreamResponse:
        return web.Response(
            body=gzip.compress(b'{"id": 7}'), headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}
        )

    server.handler = compressed
    async with open_client(allow=["*"]) as http:
        calls, registry, credentials = caller(tmp_path, http, server)
        result = await calls.execute(registry.operation("shop.orders.create"), {}, credentials, idempotency_key="k")

    assert result.output == {"id": 7}


async def test_client_closes_without_leaving_anything_open(server: Server) -> None:
    """Warnings are errors in this suite: an unclosed session, connector or socket would fail here."""
    http = open_client(allow=["*"])
    await asyncio.gather(*(http.get(server.url) for _ in range(20)))
    await http.aclose()

    assert http.is_closed
    await open_client().aclose()


@pytest.mark.parametrize("wish", [{"auth": ("ada", "secret")}, {"follow_redirects": True}])
async def test_client_says_what_it_never_does(server: Server, wish: dict[str, Any]) -> None:
    async with open_client(allow=["*"]) as http:
        with pytest.raises(TypeError, match="neither logs in nor follows"):
            await http.get(server.url, **wish)


async def test_name_and_password_in_an_address_log_in(server: Server) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        return web.json_response({"authorization": request.headers.get("Authorization")})

    server.handler = echo
    address = server.url.replace("http://", "http://ada:pass%20word@")
    async with open_client(allow=["*"]) as http:
        sender = Sender(http, lambda: datetime.now(UTC))
        answer, exchange = await sender.send(Outgoing("GET", address), Redactor(["pass word"]), 5)

    assert answer.body == {"authorization": f"Basic {b64encode(b'ada:pass word').decode()}"}
    assert "pass" not in str(exchange.request)


async def test_usual_headers_are_sent_unless_given_in_any_spelling(server: Server) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        return web.json_response({name: request.headers.getall(name) for name in ("Accept", "Accept-Encoding")})

    server.handler = echo
    async with open_client(allow=["*"]) as http:
        sender = Sender(http, lambda: datetime.now(UTC))
        answer, _ = await sender.send(Outgoing("GET", server.url, {"accept": "text/csv"}), Redactor(), 5)

    assert answer.body["Accept"] == ["text/csv"]
    assert "gzip" in answer.body["Accept-Encoding"][0]
