"""Request limits with a rolling window."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from web.sandbox.settings import Limit


class RollingWindow:
    """Counts what happened within the last `limit.seconds`; `now` returns seconds and never goes back."""

    def __init__(self, limit: Limit, now: Callable[[], float]) -> None:
        self.limit = limit
        self._now = now
        self._taken: deque[float] = deque()

    def free(self) -> int:
        horizon = self._now() - self.limit.seconds
        while self._taken and self._taken[0] <= horizon:
            self._taken.popleft()
        return max(0, self.limit.requests - len(self._taken))

    def take(self) -> None:
        self._taken.append(self._now())

    def wait(self) -> int:
        """Whole seconds until one more request fits; 0 when one fits now."""
        if self.free():
            return 0
        return max(1, math.ceil(self._taken[0] + self.limit.seconds - self._now()))

    def clear(self) -> None:
        self._taken.clear()
