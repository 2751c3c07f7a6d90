"""Stepline beside the sandbox, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.support.clock import SettableClock
from tests.support.world import World, open_world


@pytest_asyncio.fixture
async def world(tmp_path: Path, database_url: str, clock: SettableClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, clock, database_url) as opened:
        yield opened
