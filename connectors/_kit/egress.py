"""The HTTP client through which connectors reach the world, kept away from internal networks.

    http = open_client(allow=["127.0.0.1:8001", "10.20.0.0/16", "crm.intranet"])
    ...
    await http.aclose()

Every address is checked at the moment of connecting, so that neither a redirect nor a DNS answer that changes in
between can lead to a private one. Cookies are not kept: one client serves many accounts.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from httpx_aiohttp import AiohttpTransport

from connectors._kit.errors import EgressRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TUNNELS = ipaddress.ip_network("64:ff9b::/96")  # NAT64: IPv6 addresses that mean IPv4 ones


class EgressPolicy:
    """Which addresses may be connected to: public ones, and those on the allow list.

    Entries are host names, IP addresses or networks (10.0.0.0/8), optionally with a port (localhost:8001,
    [::1]:8001); "*" allows everything. A host name that is allowed may resolve to any address.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._anything = False
        self._hosts: set[tuple[str, int | None]] = set()
        self._networks: list[tuple[Network, int | None]] = []
        for entry in allow:
            self._add(entry.strip())

    def _add(self, entry: str) -> None:
        if entry == "*":
            self._anything = True
            return
        host, port = _host_and_port(entry)
        try:
            self._networks.append((ipaddress.ip_network(host, strict=False), port))
        except ValueError:
            self._hosts.add((host.lower().rstrip("."), port))

    def allows_host(self, host: str, port: int) -> bool:
        """True when the name itself is on the list."""
        name = host.lower().rstrip(".")
        return self._anything or (name, None) in self._hosts or (name, port) in self._hosts

    def allows_address(self, address: str, port: int) -> bool:
        """True for a public address or one on the list."""
        if self._anything:
            return True
        parsed = _effective(ipaddress.ip_address(address.partition("%")[0]))
        if any(parsed in network and own in (None, port) for network, own in self._networks):
            return True
        return parsed.is_global and not parsed.is_multicast

    def check(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Raises EgressRefused when any of the addresses is not allowed."""
        if self.allows_host(host, port):
            return
        for address in addresses:
            if not self.allows_address(address, port):
                raise EgressRefused(f"{host} lies in a private network, which Stepline does not call.")


class GuardedResolver(AbstractResolver):
    """Resolves names like aiohttp does and refuses answers that the policy forbids."""

    def __init__(self, policy: EgressPolicy, inner: AbstractResolver) -> None:
        self._policy = policy
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await self._inner.resolve(host, port, family)
        self._policy.check(host, port, [result["host"] for result in results])
        return results

    async def close(self) -> None:
        await self._inner.close()


@cache
def _trusted() -> ssl.SSLContext:
    """The usual authorities, read once in a process: that takes as long as opening everything else."""
    return httpx.create_ssl_context()


class GuardedTransport(AiohttpTransport):
    """httpx_aiohttp's transport, guarded, with errors that tell “not sent” from “perhaps sent”."""

    def __init__(self, policy: EgressPolicy, limits: httpx.Limits, resolver: AbstractResolver | None = None) -> None:
        super().__init__(verify=_trusted(), limits=limits, client=self._new_session)
        self._policy = policy
        self._resolver = resolver

    def _new_session(self) -> aiohttp.ClientSession:
        inner = self._resolver or ThreadedResolver()
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self._policy, inner),
            ssl=self.ssl_context,
            limit=self.limits.max_connections or 0,
            keepalive_timeout=self.limits.keepalive_expiry or 15.0,
            ttl_dns_cache=30,
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        if _is_address(host):  # aiohttp connects to literal addresses without asking the resolver
            self._policy.check(host, port, [host])
        try:
            return await super().handle_async_request(request)
        except httpx.TransportError as error:
            raise _exact(error) from error.__cause__


class GuardedClient(httpx.AsyncClient):
    """Sends straight through its transport.

    The cookies, redirects and log-ins of httpx are never wanted here, and take a third of the time of a request.
    """

    def __init__(self, transport: GuardedTransport) -> None:
        super().__init__(transport=transport, trust_env=False)
        self._guarded = transport

    async def send(
        self, request: httpx.Request, *, stream: bool = False, auth: Any = None, follow_redirects: Any = False
    ) -> httpx.Response:
        """Raises TypeError when it is asked for what it never does, rather than leaving it out without a word."""
        if auth not in (None, httpx.USE_CLIENT_DEFAULT) or follow_redirects is True:
            raise TypeError("This client neither logs in nor follows redirects: the kit does both itself.")
        response = await self._guarded.handle_async_request(request)
        if not stream:
            try:
                await response.aread()
            finally:
                await response.aclose()
        return response


def open_client(
    allow: Sequence[str] = (), *, max_connections: int = 200, resolver: AbstractResolver | None = None
) -> httpx.AsyncClient:
    """A client for `Caller`. It opens its connections in the running event loop at its first request.

    Time limits are set for each request by the caller. Close it with `aclose()`.
    """
    limits = httpx.Limits(max_connections=max_connections, keepalive_expiry=15.0)
    transport = GuardedTransport(EgressPolicy(allow), limits, resolver)
    return GuardedClient(transport)


def _exact(error: httpx.TransportError) -> httpx.TransportError:
    """httpx_aiohttp calls every lost connection a failure to connect; a request may have been sent, though."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout(str(error))
    if isinstance(cause, aiohttp.ClientConnectorError):
        return httpx.ConnectError(str(error))
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return httpx.ReadError(str(error))
    return error


def _host_and_port(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        return host, int(rest[1:]) if rest.startswith(":") else None
    host, colon, port = entry.rpartition(":")
    if colon and ":" not in host and port.isdigit():
        return host, int(port)
    return entry, None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _effective(address: Address) -> Address:
    """The IPv4 address that an IPv6 address only wraps."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _TUNNELS:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
