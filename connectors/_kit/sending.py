"""Sends one request and records the exchange, redacted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import orjson

from connectors._kit.context import Answer
from connectors._kit.errors import EgressRefused
from connectors._kit.exchange import Exchange
from connectors._kit.outgoing import Outgoing
from connectors._kit.redact import Redactor

MAX_ANSWER = 20 * 1024 * 1024
"""Bytes of an answer's body, decompressed; a larger one is not read to its end."""

_CONNECT_SECONDS = 10.0
_MAX_REDIRECTS = 5
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_SAFE_ELSEWHERE = frozenset(("accept", "accept-language", "user-agent"))
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class NoAnswer(Exception):
    """Raised when no complete answer came. `sent`: the request may have reached the service."""

    def __init__(self, cause: Exception, *, sent: bool, exchange: Exchange) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.sent = sent
        self.exchange = exchange


class AnswerTooLarge(Exception):
    """Raised inside NoAnswer when an answer is larger than MAX_ANSWER."""


class Sender:
    """Uses the given client as it is: network guard, limits and certificates are its business."""

    def __init__(self, http: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
        self._http = http
        self._clock = clock
        self._usual_headers = tuple(http.headers.items())

    async def send(self, outgoing: Outgoing, redactor: Redactor, seconds: float) -> tuple[Answer, Exchange]:
        """One request, redirects not followed. `seconds` hold for the whole exchange. Raises NoAnswer."""
        started_at, begin = self._clock(), time.perf_counter()
        request_record, request, cause = self._prepare(outgoing, redactor, seconds)
        sent = False
        if request is not None:
            try:
                async with asyncio.timeout(seconds):
                    response = await self._http.send(request, stream=True, follow_redirects=False)
                    sent = True
                    try:
                        raw = await _read(response)
                    finally:
                        await response.aclose()
            except (httpx.TransportError, httpx.DecodingError, AnswerTooLarge, TimeoutError, EgressRefused) as error:
                sent = sent or not isinstance(error, (*_NEVER_SENT, EgressRefused))
                cause = error
            else:
                answer = _answer(response, raw, request_url=outgoing.full_url)
                duration = (time.perf_counter() - begin) * 1000
                record = _response_record(response, raw, redactor)
                return answer, Exchange(request_record, record, "", started_at, duration)
        assert cause is not None  # noqa: S101 - one of the two branches above set it
        text = redactor.text(f"{type(cause).__name__}: {cause}".rstrip(": "))
        duration = (time.perf_counter() - begin) * 1000
        exchange = Exchange(request_record, None, text, started_at, duration)
        raise NoAnswer(cause, sent=sent, exchange=exchange) from cause

    async def follow(
        self, outgoing: Outgoing, redactor: Redactor, seconds: float
    ) -> tuple[Answer, tuple[Exchange, ...]]:
        """Like `send`, following redirects of GET and HEAD (and 303 answers); log-ins stay with the first host."""
        exchanges: list[Exchange] = []
        for _ in range(_MAX_REDIRECTS + 1):
            answer, exchange = await self.send(outgoing, redactor, seconds)
            exchanges.append(exchange)
            target = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not target:
                break
            if outgoing.method not in ("GET", "HEAD") and answer.status != 303:
                break
            outgoing = _redirected(outgoing, urljoin(outgoing.full_url, target))
        return answer, tuple(exchanges)

    def simulate(self, outgoing: Outgoing, redactor: Redactor) -> Exchange:
        """The exchange of a request that is not sent."""
        record, _, _ = self._prepare(outgoing, redactor, 1.0)
        return Exchange(record, None, "", self._clock(), 0.0)

    def _prepare(
        self, outgoing: Outgoing, redactor: Redactor, seconds: float
    ) -> tuple[dict[str, Any], httpx.Request | None, Exception | None]:
        """The record, and the request or why it cannot be made."""
        content, content_type = outgoing.content()
        if content_type and not outgoing.has_header("Content-Type"):
            outgoing.set_header("Content-Type", content_type)
        record = {
            "method": outgoing.method,
            "url": redactor.url(outgoing.full_url),
            "headers": redactor.headers(outgoing.headers.items()),
            "body": redactor.body(content),
        }
        limits = httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))
        try:
            # What the client's `build_request` would make; that takes as long as all our own work.
            request = httpx.Request(
                outgoing.method,
                outgoing.full_url,
                headers=self._with_usual(outgoing.headers),
                content=content,
                extensions={"timeout": limits.as_dict()},
            )
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            return record, None, httpx.UnsupportedProtocol(str(error))
        return record, request, None

    def _with_usual(self, headers: Mapping[str, str]) -> dict[str, str]:
        given = {name.lower() for name in headers}
        return {**{name: value for name, value in self._usual_headers if name not in given}, **headers}


async def _read(response: httpx.Response) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > MAX_ANSWER:
            raise AnswerTooLarge(f"The answer is larger than {MAX_ANSWER // 1024 // 1024} MB.")
        chunks.append(chunk)
    return b"".join(chunks)


def _answer(response: httpx.Response, raw: bytes, request_url: str) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, parse_body(raw, headers.get("content-type", "")), request_url)


def parse_body(raw: bytes, content_type: str = "") -> Any:
    """JSON where it is JSON, text otherwise, None when empty."""
    if not raw.strip():
        return None
    if "json" in content_type or raw.lstrip()[:1] in (b"{", b"["):
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            pass
    charset = content_type.partition("charset=")[2].partition(";")[0].strip("\"' ") or "utf-8"
    try:
        return raw.decode(charset, "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _response_record(response: httpx.Response, raw: bytes, redactor: Redactor) -> dict[str, Any]:
    return {
        "status": response.status_code,
        "headers": redactor.headers(response.headers.items()),
        "body": redactor.body(raw),
    }


def _redirected(outgoing: Outgoing, url: str) -> Outgoing:
    headers: Mapping[str, str] = outgoing.headers
    old, new = urlsplit(outgoing.url), urlsplit(url)
    if (old.scheme, old.netloc) != (new.scheme, new.netloc):
        headers = {name: value for name, value in headers.items() if name.lower() in _SAFE_ELSEWHERE}
    body_headers = ("content-type", "content-length")
    kept = {name: value for name, value in headers.items() if name.lower() not in body_headers}
    return Outgoing("HEAD" if outgoing.method == "HEAD" else "GET", url, kept)
