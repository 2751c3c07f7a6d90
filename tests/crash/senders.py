"""Senders that behave as a careful service does: they send an event again until it is answered, as the same event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp


@dataclass(frozen=True, slots=True)
class Sent:
    """One event: `key` is its Idempotency-Key, `url` its hook's."""

    key: str
    url: str
    number: int


@dataclass
class Answers:
    """What the senders were told. `accepted` and `repeated` are event ids by key; a key may be in both."""

    accepted: dict[str, str] = field(default_factory=dict)
    repeated: dict[str, str] = field(default_factory=dict)
    unanswered: int = 0
    others: list[tuple[int, str]] = field(default_factory=list)
    done: int = 0
    _one_more: asyncio.Event = field(default_factory=asyncio.Event)

    async def reached(self, count: int) -> None:
        """Return as soon as so many events were answered."""
        while self.done < count:
            self._one_more.clear()
            await self._one_more.wait()

    def note(self, key: str, status: int, answer: Mapping[str, Any]) -> None:
        match status:
            case 202:
                self.accepted[key] = answer["event_ids"][0]
            case 200:
                self.repeated[key] = answer["event_ids"][0]
            case other:
                self.others.append((other, answer["message"]))
        self.done += 1
        self._one_more.set()


async def send_all(
    events: Iterable[Sent],
    answers: Answers,
    *,
    at_once: int,
    between: Callable[[], Awaitable[None]],
) -> None:
    """Send every event until it was answered; `between` is awaited before an event is sent again."""
    waiting = iter(events)
    # A connection for each request: one that dies must not take other requests with it.
    connector = aiohttp.TCPConnector(limit=at_once, force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as session:

        async def sender() -> None:
            for event in waiting:
                while not await _send(session, event, answers):
                    await between()

        await asyncio.gather(*(sender() for _ in range(at_once)))


async def _send(session: aiohttp.ClientSession, event: Sent, answers: Answers) -> bool:
    body = {"number": event.number, "email": f"person{event.number}@example.com"}
    try:
        async with session.post(event.url, json=body, headers={"Idempotency-Key": event.key}) as response:
            answer = await response.json()
    except (aiohttp.ClientError, TimeoutError, ConnectionError):
        answers.unanswered += 1
        return False
    if response.status == 429:
        return False
    answers.note(event.key, response.status, answer)
    return True
