"""Webhook deliveries: posted in the background, repeated by the vendor's own rule, remembered with their answers."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from web.sandbox.times import iso

PENDING = "pending"
WAITING = "waiting"
DELIVERED = "delivered"
FAILED = "failed"
CANCELLED = "cancelled"
SHOWN_ANSWER = 500


@dataclass(frozen=True)
class DeliveryRule:
    """When a vendor counts a delivery as done, and when and how often it tries again."""

    redeliveries: int
    seconds: float
    accepts: Callable[[int], bool]
    repeats: Callable[[int | None], bool]
    """Asked with the status of the answer; None when there was no answer."""


@dataclass
class Delivery:
    """One event on its way to one hook. Each attempt sends the same bytes and the same headers."""

    vendor: str
    hook_id: str
    url: str
    event: str
    payload: dict[str, Any]
    body: bytes
    headers: dict[str, str]
    at: str
    id: str = field(default_factory=lambda: uuid4().hex)
    status: str = PENDING
    attempts: list[dict[str, Any]] = field(default_factory=list)
    next_at: str | None = None

    def as_dict(self) -> dict[str, Any]:
        shown = ("id", "vendor", "hook_id", "url", "event", "at", "status", "next_at", "attempts", "payload")
        return {name: getattr(self, name) for name in shown}


class Courier:
    """Delivers in background tasks of the running loop, at most `at_once` requests at a time.

    `close` ends every task: what is unfinished then is marked cancelled and never delivered.
    """

    def __init__(
        self,
        *,
        http: Callable[[], httpx.AsyncClient],
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        at_once: int,
        timeout: float,
        history: int,
    ) -> None:
        self._http = http
        self._clock = clock
        self._sleep = sleep
        self._slots = asyncio.Semaphore(at_once)
        self._timeout = timeout
        self._history: deque[Delivery] = deque(maxlen=history)
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, delivery: Delivery, rule: DeliveryRule) -> None:
        """Hands a delivery over and returns at once. Needs a running event loop."""
        self._history.append(delivery)
        self.spawn(self._carry(delivery, rule))

    def spawn(self, work: Any) -> None:
        """Runs a coroutine in the background until it ends or the courier is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, delivery: Delivery, rule: DeliveryRule) -> None:
        try:
            while True:
                async with self._slots:
                    status = await self._attempt(delivery)
                if status is not None and rule.accepts(status):
                    delivery.status = DELIVERED
                    return
                if not rule.repeats(status) or len(delivery.attempts) > rule.redeliveries:
                    delivery.status = FAILED
                    return
                await self._pause(delivery, rule.seconds)
        except asyncio.CancelledError:
            delivery.status = CANCELLED
            delivery.next_at = None
            raise

    async def _pause(self, delivery: Delivery, seconds: float) -> None:
        delivery.status = WAITING
        delivery.next_at = iso(self._clock() + timedelta(seconds=seconds))
        await self._sleep(seconds)
        delivery.next_at = None

    async def _attempt(self, delivery: Delivery) -> int | None:
        started, at = time.perf_counter(), iso(self._clock())
        status, answer, error = None, "", None
        try:
            response = await self._http().post(
                delivery.url, content=delivery.body, headers=delivery.headers, timeout=self._timeout
            )
            status, answer = response.status_code, response.text[:SHOWN_ANSWER]
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            error = f"{type(failure).__name__}: {failure}".rstrip(": ")
        took = round((time.perf_counter() - started) * 1000, 1)
        delivery.attempts.append({"at": at, "status": status, "answer": answer, "error": error, "duration_ms": took})
        return status

    async def settled(self) -> None:
        """Waits until every background task has ended, redeliveries included."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def clear(self) -> None:
        """Forgets every delivery; what is under way or waiting is cancelled."""
        for task in self._tasks:
            task.cancel()
        self._history.clear()

    def entries(self) -> list[Delivery]:
        """Oldest first."""
        return list(self._history)
