from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.clock import SettableClock
from tests.web.sandbox.world import World, open_world
from web.sandbox import Limit, SandboxSettings


@pytest_asyncio.fixture
async def world(clock: SettableClock) -> AsyncIterator[World]:
    """With the vendors' own limits and delays."""
    async with open_world(clock) as opened:
        yield opened


@pytest_asyncio.fixture
async def roomy(clock: SettableClock) -> AsyncIterator[World]:
    """Without request limits, for tests that need thousands of records."""
    settings = SandboxSettings(ghl_burst=Limit(1_000_000, 10), mailercloud_rate=Limit(1_000_000, 1))
    async with open_world(clock, settings) as opened:
        yield opened
