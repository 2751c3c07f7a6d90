"""Time under the control of a test."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta


class SettableClock:
    """A clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        """`clock.forward(minutes=5)`"""
        self.now += timedelta(**duration)

    def moment(self, **duration: float) -> datetime:
        """So much later than now, without going there."""
        return self.now + timedelta(**duration)


class Sleeper:
    """Waits by a settable clock: whoever sleeps goes on when the clock has been moved far enough."""

    def __init__(self, clock: SettableClock) -> None:
        self._clock = clock
        self._sleeping: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._count = 0

    async def __call__(self, seconds: float) -> None:
        self._count += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleeping, (self._clock() + timedelta(seconds=seconds), self._count, future))
        await future

    @property
    def sleeping(self) -> int:
        return len(self._sleeping)

    @property
    def next_at(self) -> datetime | None:
        """When the first of them goes on."""
        return self._sleeping[0][0] if self._sleeping else None

    def wake(self) -> None:
        """Let everybody go on whose time has come, in order."""
        while self._sleeping and self._sleeping[0][0] <= self._clock():
            future = heapq.heappop(self._sleeping)[2]
            if not future.done():
                future.set_result(None)
