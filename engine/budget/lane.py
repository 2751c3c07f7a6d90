"""Lanes: one call's way through the budget of its connection."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors._kit.context import Credentials
from connectors._kit.errors import ExpressionError, Failure, FailureKind, OperationFailed
from connectors._kit.expressions import Template, compile_template
from connectors._kit.model import Connector, RateHeaders
from connectors._kit.registry import Registry
from connectors._kit.values import as_text
from engine.budget.ledger import Ask, Ledger, Note
from engine.budget.policy import PATIENCE, Limit, Told
from engine.clock import Clock

EARLY = timedelta(milliseconds=700)
"""Who has an appointment comes so much earlier and waits the rest on the spot: runs are looked for in ticks."""
LONGEST_WAIT = timedelta(seconds=30)
"""A request in the middle of a call waits no longer than this."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Rules:
    """A connector's limits, read once."""

    connector: Connector
    limits: tuple[Limit, ...]
    key: Template | None


class Budget:
    """Hands out lanes. `sleep` waits for so many seconds."""

    def __init__(self, ledger: Ledger, registry: Registry, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        self.ledger = ledger
        self._registry = registry
        self._clock = clock
        self._sleep = sleep
        self._rules: dict[str, _Rules] = {}

    def lane(self, credentials: Credentials | None) -> Lane | None:
        """None when nothing limits the connection. Neither waits nor reads anything."""
        if credentials is None:
            return None
        connector = self._registry.connectors.get(credentials.connector)
        if connector is None or not connector.rate_limits:
            return None
        rules = self._rules.get(connector.key)
        if rules is None or rules.connector is not connector:
            rules = self._rules[connector.key] = _rules(connector)
        return Lane(self.ledger, rules, _key(rules, credentials), credentials.name, self._clock, self._sleep)


class Lane:
    """For one call of an operation; see `connectors._kit.context.Pace` for `turn`, `answered` and `refused`."""

    def __init__(self, ledger: Ledger, rules: _Rules, key: str, connection: str, clock: Clock, sleep: Sleep) -> None:
        self._ledger = ledger
        self._rules = rules
        self._key = key
        self._clock = clock
        self._sleep = sleep
        self._admitted = False
        self.connection = connection or rules.connector.name
        """What people call the connection."""

    async def admit(self, *, waited: bool) -> datetime | None:
        """Take the turn of the call's first request. None: it may be sent now. Else: come back at that time, `waited`.

        Returns at once or after about a second. Raises StorageUnavailable.
        """
        while True:
            now = self._clock()
            turn = await self._ledger.ask(Ask(self._key, self._rules.limits, waited))
            at = datetime.fromtimestamp(turn.at / 1000, UTC)
            if not turn.granted and at - now > timedelta(milliseconds=PATIENCE):
                return at - EARLY
            if at > now:
                await self._sleep((at - now).total_seconds())
            if turn.granted and not (at > now and self._ledger.paused(self._key)):
                self._admitted = True
                return None
            waited = True

    async def turn(self) -> None:
        """Whoever was admitted sends the first request at once; the next ones go before all that have not begun."""
        if self._admitted:
            self._admitted = False
            return
        give_up = self._clock() + LONGEST_WAIT
        while (at := await self.admit(waited=True)) is not None:
            if at > give_up:
                raise OperationFailed(_too_far(self._rules.connector.name, at, self._clock()))
            await self._sleep((at - self._clock()).total_seconds())
        self._admitted = False

    def answered(self, headers: Mapping[str, str]) -> None:
        heard = (self._told(names, headers) for names in self._rules.connector.rate_headers)
        told = tuple(one for one in heard if one is not None)
        if told:
            self._ledger.note(Note(self._key, self._rules.limits, told=told))

    def refused(self, seconds: float | None) -> None:
        """Everybody waits: as long as the service asked, else one round of its shortest limit."""
        shortest = min(limit.span for limit in self._rules.limits)
        pause = shortest if seconds is None else int(seconds * 1000) + 1
        self._ledger.note(Note(self._key, self._rules.limits, pause=pause))

    def _told(self, names: RateHeaders, headers: Mapping[str, str]) -> Told | None:
        place = next(
            place for place, limit in enumerate(self._rules.connector.rate_limits) if limit.seconds == names.seconds
        )
        remaining = _number(headers, names.remaining)
        requests, span = _number(headers, names.limit), _number(headers, names.interval)
        if remaining is None and requests is None and span is None:
            return None
        return Told(place, remaining, requests or None, span or None)


def _rules(connector: Connector) -> _Rules:
    limits = tuple(Limit(limit.requests, limit.seconds * 1000) for limit in connector.rate_limits)
    key = compile_template(connector.rate_limit_key) if connector.rate_limit_key else None
    return _Rules(connector, limits, key)


def _key(rules: _Rules, credentials: Credentials) -> str:
    """Hashed, since a template may use anything of the connection."""
    shared = ""
    if rules.key is not None:
        try:
            shared = as_text(rules.key.render({"connection": credentials.values}, omit_missing=True))
        except ExpressionError:
            shared = ""
    name = f"shared:{shared}" if shared.strip() else f"connection:{credentials.id}"
    return f"{rules.connector.key}:{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name.lower(), "").strip() if name else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _too_far(name: str, at: datetime, now: datetime) -> Failure:
    return Failure(
        FailureKind.RATE_LIMITED,
        f"{name} allows no more requests before {at:%H:%M} UTC.",
        retry_after=max((at - now).total_seconds(), 0.0),
        remedy="Nothing to do: Stepline waits and tries again.",
    )
