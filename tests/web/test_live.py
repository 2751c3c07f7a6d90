"""Open pages are told of changes: once for each change, by one look for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.web.conftest import Browser, Site
from web.live import Live


class World:
    """Something that changes; `looks` counts how often somebody asked."""

    def __init__(self) -> None:
        self.pulse = "one"
        self.looks = 0
        self.broken = False

    def look(self, topic: str) -> str:
        self.looks += 1
        if self.broken:
            raise OSError("the database is away")
        return f"{topic} {self.pulse}"


@pytest.fixture
def world() -> World:
    return World()


async def next_change(stream: AsyncIterator[bool]) -> None:
    """Passes over beats."""
    async with asyncio.timeout(5):
        while not await anext(stream):
            pass


async def test_page_hears_at_once_and_then_of_every_change(world: World) -> None:
    stream = Live(world.look, every=0.01).changes("runs")
    await next_change(stream)
    for pulse in ("two", "three"):
        world.pulse = pulse
        await next_change(stream)


async def test_nothing_new_is_only_a_beat(world: World) -> None:
    stream = Live(world.look, every=0.01, beat=0.02).changes("runs")
    await next_change(stream)
    assert await anext(stream) is False


async def test_many_pages_share_one_look(world: World) -> None:
    live = Live(world.look, every=30)
    streams = [live.changes("runs") for _ in range(20)]
    await asyncio.gather(*(next_change(stream) for stream in streams))
    assert world.looks == 1


async def test_nobody_looks_when_the_last_page_has_gone(world: World) -> None:
    live = Live(world.look, every=0)
    first, second = live.changes("runs"), live.changes("runs")
    await asyncio.gather(next_change(first), next_change(second))
    await first.aclose()
    world.pulse = "two"
    await next_change(second)
    await second.aclose()
    looks = world.looks
    for _ in range(5):
        await asyncio.sleep(0)
    assert world.looks <= looks + 1  # one may have been under way


async def test_watch_goes_on_after_the_database_was_away(world: World) -> None:
    stream = Live(world.look, every=0.01).changes("runs")
    await next_change(stream)
    world.broken, world.pulse = True, "two"
    await asyncio.to_thread(lambda: None)
    world.broken = False
    await next_change(stream)


async def test_closing_ends_all_streams(world: World) -> None:
    live = Live(world.look, every=30)
    stream = live.changes("runs")
    await next_change(stream)
    live.close()
    assert [changed async for changed in stream] == []
    assert live.full


async def test_more_pages_than_fit_are_told_to_ask_themselves(site: Site, anna: Browser, world: World) -> None:
    site.app.state.live = Live(world.look, most=0)
    assert (await anna.get("/live/runs")).status_code == 429


async def test_stranger_is_told_nothing(stranger: Browser) -> None:
    assert (await stranger.get("/live/runs")).headers["location"].startswith("/signin")
