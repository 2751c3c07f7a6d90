"""What goes into one call of an operation and what comes out of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from socket import socket
from typing import Any, Protocol

from connectors._kit.exchange import Exchange
from connectors._kit.model import Operation
from connectors._kit.store import Store


@dataclass(frozen=True, slots=True)
class Credentials:
    """One account's stored connection, decrypted.

    `auth` is the key of one of the connector's auth kinds; `values` holds the fields of that kind and of the
    connection together. Templates see `values` as `connection`. Never printed: repr shows no values.
    """

    id: str
    connector: str
    auth: str
    values: Mapping[str, Any] = field(repr=False)
    revision: int = 0
    name: str = ""
    """What people call the connection."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation gave. `simulated`: nothing was sent, `output` is the sample. `found`: searches only."""

    output: Any
    exchanges: tuple[Exchange, ...] = ()
    simulated: bool = False
    found: bool | None = None


@dataclass(frozen=True, slots=True)
class PolledItem:
    """One row of a polled service. `key` tells rows apart; `digest` changes when the row changes ("" = unknown)."""

    key: str
    digest: str
    output: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A service's answer as Python functions of connectors see it. `body` is parsed JSON, else text, else None."""

    status: int
    headers: Mapping[str, str]
    body: Any
    url: str
    """The address that answered; secrets of the connection are hidden in it."""


class Pace(Protocol):
    """Keeps the requests of one call within what the service allows the connection."""

    async def turn(self) -> None:
        """Returns when one more request may be sent. Raises OperationFailed(rate_limited) when that is too far off."""

    def answered(self, headers: Mapping[str, str]) -> None:
        """An answer came; names of headers are in small letters."""

    def refused(self, seconds: float | None) -> None:
        """The service had too many requests and wants to be left alone for so long (None: it did not say)."""


class Send(Protocol):
    """Sends one request with the connection's log-in and records the exchange.

    `url` is a whole address, or a path below the connector's default base address; then the manifest's headers are
    sent too. The body is `json` (any JSON value), `form` (see multipart) or `content` (bytes). `reads` says that the
    request changes nothing: it is made even in a dry run, and no answer to it leaves anything uncertain. In a dry run a
    write is recorded instead of sent, and ends the function there; the operation's sample becomes its output.

    Raises OperationFailed by the same failure table as JSON operations; with raise_for_status=False every answer is
    returned. Redirects are followed only on request; `seconds` defaults to the manifest's timeout.
    """

    def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = ...,
        query: Sequence[tuple[str, str]] = ...,
        json: Any = ...,
        form: Mapping[str, Any] | None = ...,
        content: bytes | None = ...,
        seconds: float | None = ...,
        reads: bool = ...,
        follow_redirects: bool = ...,
        raise_for_status: bool = ...,
    ) -> Awaitable[Answer]: ...


class OpenStore(Protocol):
    """What the connector keeps for this workflow, or shared by all. Raises UnusableValue outside a workflow."""

    def __call__(self, *, shared: bool) -> Store: ...


class Talk(Protocol):
    """Speaks with a server in another way than HTTP: runs `talk` and records the exchange, secrets taken out.

    Both records have the form of an HTTP exchange: {"method", "url", "headers", "body"} and {"status", "headers",
    "body"}. It counts as a write: in a dry run `request` is only shown, and the function ends there.
    """

    def __call__(
        self, request: Mapping[str, Any], talk: Callable[[], Awaitable[Mapping[str, Any]]]
    ) -> Awaitable[Mapping[str, Any]]: ...


class Connect(Protocol):
    """A connected, non-blocking TCP socket. Raises EgressRefused for a private address, OSError or TimeoutError."""

    def __call__(self, host: str, port: int, seconds: float) -> Awaitable[socket]: ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a Python function operation may use besides its input."""

    operation: Operation
    credentials: Credentials | None
    idempotency_key: str
    dry_run: bool
    now: datetime
    send: Send
    store: OpenStore
    talk: Talk
    connect: Connect
