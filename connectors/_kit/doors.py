"""What Python functions of connectors reach beside HTTP: what was kept before, and servers of other kinds."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors._kit.calls import Call, Simulated
from connectors._kit.egress import EgressPolicy
from connectors._kit.errors import UnusableValue
from connectors._kit.exchange import Exchange
from connectors._kit.store import Act, Store, Stores, no_stores


@dataclass(frozen=True, slots=True)
class Doors:
    """`egress` says which addresses may be connected to."""

    stores: Stores = no_stores
    egress: EgressPolicy = field(default_factory=EgressPolicy)


class StoreFor:
    """`context.store` of one call."""

    def __init__(self, stores: Stores, connector: str, workflow_id: str, key: str, only_show: bool) -> None:
        self._stores = stores
        self._connector = connector
        self._workflow_id = workflow_id
        self._key = key
        self._only_show = only_show

    def __call__(self, *, shared: bool) -> Store:
        if not shared and not self._workflow_id:
            raise UnusableValue("This keeps values for one workflow, so it works only inside a workflow.")
        store = self._stores(self._connector, "" if shared else self._workflow_id, self._key)
        return _OnlyShown(store) if self._only_show else store


class _OnlyShown:
    """A store in a dry run: it can be looked at."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, look: Act) -> Any:
        return await self._store.read(look)

    async def change(self, act: Act) -> Any:
        raise Simulated


class TalkFor:
    """`context.talk` of one call; see context.Talk for what it promises."""

    def __init__(self, call: Call, only_show: bool) -> None:
        self._call = call
        self._only_show = only_show

    async def __call__(
        self, request: Mapping[str, Any], talk: Callable[[], Awaitable[Mapping[str, Any]]]
    ) -> Mapping[str, Any]:
        started, begin = self._call.now, time.perf_counter()
        shown = self._shown(request)
        if self._only_show:
            self._call.exchanges.append(Exchange(shown, None, "", started, 0.0))
            raise Simulated
        try:
            answer = await talk()
        except BaseException as error:
            text = self._call.redactor.text(f"{type(error).__name__}: {error}".rstrip(": "))
            self._record(shown, None, text, begin)
            raise
        self._record(shown, self._shown(answer), "", begin)
        return answer

    def _record(self, request: dict[str, Any], response: dict[str, Any] | None, error: str, begin: float) -> None:
        duration = (time.perf_counter() - begin) * 1000
        self._call.exchanges.append(Exchange(request, response, error, self._call.now, duration))

    def _shown(self, record: Mapping[str, Any]) -> dict[str, Any]:
        redactor = self._call.redactor
        shown = {name: redactor.text(value) if isinstance(value, str) else value for name, value in record.items()}
        headers = record.get("headers", {})
        return {**shown, "headers": redactor.headers(headers.items()), "body": redactor.body(record.get("body"))}


class ConnectFor:
    """`context.connect` of one call; see context.Connect for what it promises."""

    def __init__(self, policy: EgressPolicy) -> None:
        self._policy = policy

    async def __call__(self, host: str, port: int, seconds: float) -> socket.socket:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            self._policy.check(host, port, [str(address[0]) for *_, address in found])
            problem: OSError | None = None
            for family, kind, protocol, _, address in found:
                opened = socket.socket(family, kind, protocol)
                opened.setblocking(False)
                try:
                    await loop.sock_connect(opened, address)
                except OSError as error:
                    opened.close()
                    problem = error
                except BaseException:
                    opened.close()
                    raise
                else:
                    return opened
        raise problem or OSError(f"{host} has no address")
