"""`context.send`: how Python functions of connectors reach the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from connectors._kit.calls import Call, Simulated
from connectors._kit.context import Answer
from connectors._kit.exchange import Exchange
from connectors._kit.failures import FailureTable
from connectors._kit.model import RequestSpec
from connectors._kit.multipart import form_of
from connectors._kit.outgoing import Outgoing, RequestPlan
from connectors._kit.sending import NoAnswer


class SendFor:
    """`context.send` of one call; see context.Send for what it promises."""

    def __init__(self, call: Call, only_show: bool) -> None:
        self._call = call
        self._only_show = only_show

    async def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Sequence[tuple[str, str]] = (),
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        seconds: float | None = None,
        reads: bool = False,
        follow_redirects: bool = False,
        raise_for_status: bool = True,
    ) -> Answer:
        outgoing = self._outgoing(method, url)
        outgoing.query = list(query)
        outgoing.body = form_of(form) if form is not None else json if content is None else content
        for name, value in (headers or {}).items():
            outgoing.set_header(name, value)
        if self._only_show and not reads:
            self._call.simulate(outgoing)
            raise Simulated
        answer = await self._ask(outgoing, seconds, reads, follow_redirects)
        if raise_for_status:
            self._call.judge(answer, self._table(outgoing.url, reads))
        return answer

    async def _ask(self, outgoing: Outgoing, seconds: float | None, reads: bool, follow: bool) -> Answer:
        call = self._call
        request = call.complete(outgoing)
        limit = seconds or call.connector.timeout_seconds
        exchanges: tuple[Exchange, ...]
        await call.turn()
        try:
            if follow:
                answer, exchanges = await call.sender.follow(request, call.redactor, limit)
            else:
                answer, exchange = await call.sender.send(request, call.redactor, limit)
                exchanges = (exchange,)
        except NoAnswer as error:
            raise call.failed_without_answer(error, self._table(outgoing.url, reads)) from error
        call.exchanges.extend(exchanges)
        call.answered(answer)
        return replace(answer, url=call.redactor.text(answer.url))

    def _outgoing(self, method: str, url: str) -> Outgoing:
        if not url.startswith("/"):
            return Outgoing(method, url, {"User-Agent": "Stepline"})
        outgoing = self._call.build(RequestPlan(RequestSpec("GET", "/"), self._call.connector))
        outgoing.method, outgoing.url = method, outgoing.url.removesuffix("/") + url
        return outgoing

    def _table(self, url: str, reads: bool) -> FailureTable:
        """Failures speak of the host where the connector has no address of its own."""
        call = self._call
        table = call.failures.for_reading() if reads else call.failures
        return table if call.connector.base_urls else table.named(urlsplit(url).hostname or call.connector.name)
