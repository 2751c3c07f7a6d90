"""Long lists, a page at a time, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE = 50
LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next` is what to ask for as `before` to get the following page; None on the last one."""

    items: Sequence[T]
    next: str | None


def page_of(rows: Sequence[T], limit: int, position: Sequence[str]) -> Page[T]:
    """`rows` were asked for with one more than `limit`; `position` has the place of each row in the order."""
    more = len(rows) > limit
    return Page(rows[:limit], position[limit - 1] if more else None)


def bounded(limit: int) -> int:
    return max(1, min(limit, LARGEST_PAGE))
