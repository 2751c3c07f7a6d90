"""Tells open pages that something has changed, so that they need not ask again and again.

However many pages are open, each thing that is watched is looked at once for all of them, and only while somebody
watches it. What to show is not sent along: a page that hears of a change fetches the part it shows, with its filters.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

log = logging.getLogger(__name__)

EVERY_SECONDS = 0.5
BEAT_SECONDS = 20.0
"""Something is sent at least this often, so that proxies keep the connection and closed pages are noticed."""
MOST_PAGES = 300
SHARE = 10
"""A look that takes long is followed by this many times its length of rest, so that watching stays cheap."""

Look = Callable[[str], str]
"""The pulse of a topic, a text that changes when the topic does; blocks on the database."""


class Live:
    """One for each process. `look` runs in the thread pool."""

    def __init__(
        self, look: Look, *, every: float = EVERY_SECONDS, beat: float = BEAT_SECONDS, most: int = MOST_PAGES
    ) -> None:
        self._look = look
        self._most = most
        self._every = every
        self._beat = beat
        self._topics: dict[str, _Topic] = {}
        self._pages = 0
        self._closed = False

    @property
    def full(self) -> bool:
        return self._closed or self._pages >= self._most

    async def changes(self, topic: str) -> AsyncGenerator[bool, None]:
        """True at once and then whenever the topic has changed; False now and then when nothing happens."""
        watched = self._join(topic)
        seen: str | None = None
        try:
            while not self._closed:
                news = await watched.after(seen, self._beat)
                yield news != seen
                seen = news
        finally:
            self._leave(topic, watched)

    def close(self) -> None:
        """End all streams: the server stops."""
        self._closed = True
        for topic in self._topics.values():
            topic.tell(topic.pulse)

    def _join(self, name: str) -> _Topic:
        topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = _Topic(lambda: asyncio.to_thread(self._look, name), self._every)
        topic.pages += 1
        self._pages += 1
        return topic

    def _leave(self, name: str, topic: _Topic) -> None:
        topic.pages -= 1
        self._pages -= 1
        if topic.pages == 0:
            topic.stop()
            del self._topics[name]


class _Topic:
    """Looks again and again while it has pages, and wakes them when something is new."""

    def __init__(self, look: Callable[[], Awaitable[str]], every: float) -> None:
        self.pulse: str | None = None
        self.pages = 0
        self._look = look
        self._every = every
        self._news = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def after(self, seen: str | None, seconds: float) -> str | None:
        """The pulse as soon as it is another than `seen`, or after so many seconds as it is."""
        if self.pulse is None or self.pulse == seen:
            news = self._news
            try:
                async with asyncio.timeout(seconds):
                    await news.wait()
            except TimeoutError:
                return seen
        return self.pulse

    def tell(self, pulse: str | None) -> None:
        self.pulse = pulse
        self._news.set()
        self._news = asyncio.Event()

    def stop(self) -> None:
        self._task.cancel()

    async def _watch(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                pulse = await self._look()
            except Exception as error:  # a database that is away for a while must not end the watch
                log.warning("live pages are not told of changes for the moment: %s", error)
                pulse = self.pulse or ""
            if pulse != self.pulse:
                self.tell(pulse)
            await asyncio.sleep(max(self._every, SHARE * (clock() - began)))
