"""A stand-in for any HTTP service: answers from a list, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from connectors._kit.caller import Caller
from connectors._kit.registry import Registry

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Service(httpx.AsyncBaseTransport):
    """Gives its answers in order, the last one for ever; an exception is raised, a function is asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers: Sequence[Answer] = answers or (httpx.Response(200, json={}),)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answer = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return answer(request)

    @property
    def request(self) -> httpx.Request:
        """The only request there was."""
        (request,) = self.requests
        return request

    def bodies(self) -> list[Any]:
        """The JSON bodies of all requests."""
        return [orjson.loads(request.content) if request.content else None for request in self.requests]


@asynccontextmanager
async def caller_for(registry: Registry, service: Service) -> AsyncIterator[Caller]:
    """A Caller whose requests end at the service, at a time that stands still."""
    async with httpx.AsyncClient(transport=service) as http:
        yield Caller(registry, http, lambda: NOW)
