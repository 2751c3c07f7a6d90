"""A started Stepline beside the sandbox's GoHighLevel, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors._kit.loader import BUILT_IN
from connectors._kit.registry import Registry
from tests.support.clock import SettableClock
from tests.support.signing_in import SigningIn


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.load([BUILT_IN / "webhook", BUILT_IN / "gohighlevel"])


@pytest.fixture
async def anna(tmp_path: Path, database_url: str, clock: SettableClock, registry: Registry) -> AsyncIterator[SigningIn]:
    """Anna is who signs in."""
    made = SigningIn(tmp_path, database_url, clock, registry)
    await made.open()
    yield made
    await made.close()
