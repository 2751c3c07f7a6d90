"""Which iterations of its loops the page of a run shows: of each loop a few at a time, others by link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.runs.model import StepRunDetail

AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Window:
    """The iterations of one loop that are shown; all numbers count from 1. `count` is how many there are so far."""

    loop: str
    first: int
    last: int
    count: int

    @property
    def earlier(self) -> int | None:
        """An item of the page before."""
        return self.first - AT_ONCE if self.first > 1 else None

    @property
    def later(self) -> int | None:
        return self.last + 1 if self.last < self.count else None


@dataclass(frozen=True, slots=True)
class Shown:
    """`windows` has the loops, by the path of their step, of which not everything is shown."""

    steps: Sequence[StepRunDetail]
    windows: dict[str, Window]


def shown(steps: Sequence[StepRunDetail], *places: str | None) -> Shown:
    """Of each loop the iterations around the first of the `places` that lies inside of it, else the first ones.

    A place is the path of a step, or of an iteration such as `each_task/3`.
    """
    counts: dict[str, int] = {}
    for step in steps:
        for loop, index in _iterations(step.path):
            counts[loop] = max(counts.get(loop, 0), index + 1)
    starts = {loop: _start(loop, count, places) for loop, count in counts.items()}
    visible = [step for step in steps if all(_within(starts[loop], index) for loop, index in _iterations(step.path))]
    windows = {
        loop: Window(loop, starts[loop] + 1, min(starts[loop] + AT_ONCE, count), count)
        for loop, count in counts.items()
        if count > AT_ONCE
    }
    return Shown(visible, windows)


def _start(loop: str, count: int, places: Sequence[str | None]) -> int:
    inside = (index for place in places if place for found, index in _iterations(place) if found == loop)
    index = min(next(inside, 0), count - 1)
    return index - index % AT_ONCE


def _within(start: int, index: int) -> bool:
    return start <= index < start + AT_ONCE


def _iterations(path: str) -> Iterator[tuple[str, int]]:
    """`each/3/inner/0/send` → (`each`, 3), (`each/3/inner`, 0). Only iterations are numbers, keys never are."""
    parts = path.split("/")
    for position, part in enumerate(parts):
        if part.isdecimal():
            yield "/".join(parts[:position]), int(part)
