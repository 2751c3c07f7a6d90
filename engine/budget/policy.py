"""When may the next request of a budget be sent? Pure policy: no clock, no storage, no I/O. Times are milliseconds.

A request that may be sent within `PATIENCE` gets its moment at once and counts from then on. Any other gets an
appointment: a time at which it is worth asking again. Appointments are spread as the service allows requests and kept
in order of asking; who comes back with one goes before all who have not waited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 1_200
"""A moment within this is waited for on the spot."""
LONGEST_PAUSE = 24 * 3_600_000
GRAINS = 50
"""Requests within this part of a window are counted as one group, so that a window of a day is as short to store."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `requests` in any `span`."""

    requests: int
    span: int

    @property
    def kept(self) -> int:
        """How long a request counts: a little longer than the service says, because requests travel unevenly."""
        return self.span + min(500, self.span // 20)


@dataclass(frozen=True, slots=True)
class Turn:
    """`at` is when to send the request if `granted`, else when to ask again."""

    at: int
    granted: bool


@dataclass(slots=True)
class BudgetState:
    """`sent` holds (time, count) groups by the limit's place, oldest first. 0 = never."""

    sent: list[list[tuple[int, int]]] = field(default_factory=list)
    paused_until: int = 0
    line_end: int = 0
    """The last appointment of those who asked for the first time."""
    again_end: int = 0
    """The last appointment of those who came back and still could not be served."""
    told: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Limits (requests, span) as the service tells them, by the limit's place, where they differ from the manifest."""

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> BudgetState:
        return cls(
            sent=[[(at, count) for at, count in log] for log in data["sent"]],
            paused_until=data["paused_until"],
            line_end=data["line_end"],
            again_end=data["again_end"],
            told={int(place): (requests, span) for place, (requests, span) in data["told"].items()},
        )

    def dump(self) -> dict[str, Any]:
        return {
            "sent": self.sent,
            "paused_until": self.paused_until,
            "line_end": self.line_end,
            "again_end": self.again_end,
            "told": {str(place): limit for place, limit in self.told.items()},
        }


def take(state: BudgetState, limits: Sequence[Limit], now: int, *, waited: bool) -> Turn:
    """One more request asks. `waited`: it comes back with an appointment, or belongs to a call already under way."""
    limits = _in_force(state, limits)
    _forget(state, limits, now)
    free = _free_at(state, limits, now)
    end = state.again_end if waited else max(state.line_end, state.again_end)
    if (waited or end <= now) and free <= now + PATIENCE:
        _count(state, limits, free)
        return Turn(free, True)
    gap = _gap(limits)
    at = max(free, end + gap) if end > now else free
    if not waited:
        state.line_end = at
        return Turn(at, False)
    state.again_end = at
    if state.line_end > now:
        state.line_end = max(state.line_end + gap, at)
    return Turn(at, False)


def pause(state: BudgetState, now: int, length: int) -> bool:
    """The service wants no request for `length`. Returns whether that is news."""
    until = now + min(length, LONGEST_PAUSE)
    if until <= state.paused_until:
        return False
    later = until - max(state.paused_until, now)
    state.paused_until = until
    state.line_end += later if state.line_end > now else 0
    state.again_end += later if state.again_end > now else 0
    return True


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer said about the limit at `place`; None where it said nothing."""

    place: int
    remaining: int | None = None
    requests: int | None = None
    span: int | None = None


def listen(state: BudgetState, limits: Sequence[Limit], now: int, told: Iterable[Told]) -> None:
    """Believe the service about its limits, and its count where that leaves less than ours."""
    for one in told:
        limit = _told_limit(limits, one)
        if limit != _in_force(state, limits)[one.place]:
            state.told[one.place] = (limit.requests, limit.span)
        missing = _missing(state, limit, now, one)
        if missing > 0:
            _forget(state, _in_force(state, limits), now)
            _add(state.sent[one.place], limit, max(now, _last(state)), missing)


def is_news(state: BudgetState, limits: Sequence[Limit], now: int, told: Iterable[Told]) -> bool:
    """Whether `listen` would change anything."""
    for one in told:
        limit = _told_limit(limits, one)
        if limit != _in_force(state, limits)[one.place] or _missing(state, limit, now, one) > 0:
            return True
    return False


def _told_limit(limits: Sequence[Limit], told: Told) -> Limit:
    known = limits[told.place]
    return Limit(told.requests or known.requests, told.span or known.span)


def _missing(state: BudgetState, limit: Limit, now: int, told: Told) -> int:
    """How many requests the service has counted that we know nothing of."""
    if told.remaining is None:
        return 0
    log = state.sent[told.place] if told.place < len(state.sent) else []
    return limit.requests - sum(count for at, count in log if at + limit.kept > now) - told.remaining


def _in_force(state: BudgetState, limits: Sequence[Limit]) -> list[Limit]:
    return [Limit(*state.told[place]) if place in state.told else limit for place, limit in enumerate(limits)]


def _gap(limits: Sequence[Limit]) -> int:
    """The time between two requests that come evenly."""
    shortest = min(limits, key=lambda limit: limit.span)
    return -(-shortest.kept // shortest.requests)


def _forget(state: BudgetState, limits: Sequence[Limit], now: int) -> None:
    """Drop what no longer counts; make room for limits that are new."""
    while len(state.sent) < len(limits):
        state.sent.append([])
    for log, limit in zip(state.sent, limits, strict=False):
        while log and log[0][0] + limit.kept <= now:
            del log[0]


def _free_at(state: BudgetState, limits: Sequence[Limit], now: int) -> int:
    """The earliest time that keeps every limit; never before one that was given already."""
    at = max(now, state.paused_until, _last(state))
    for log, limit in zip(state.sent, limits, strict=False):
        total = 0
        for sent_at, count in reversed(log):
            total += count
            if total >= limit.requests:
                at = max(at, sent_at + limit.kept)
                break
    return at


def _last(state: BudgetState) -> int:
    return max((log[-1][0] for log in state.sent if log), default=0)


def _count(state: BudgetState, limits: Sequence[Limit], at: int) -> None:
    for log, limit in zip(state.sent, limits, strict=False):
        _add(log, limit, at, 1)


def _add(log: list[tuple[int, int]], limit: Limit, at: int, count: int) -> None:
    """A group counts from its last request on, which errs on the safe side."""
    grain = max(limit.span // GRAINS, 1)
    if log and log[-1][0] // grain == at // grain:
        count += log.pop()[1]
    log.append((at, count))
