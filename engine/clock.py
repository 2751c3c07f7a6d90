"""The clock, passed in so that tests decide what time it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns now, timezone-aware UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)
