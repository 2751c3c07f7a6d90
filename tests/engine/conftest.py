"""What the engine's tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet

from engine.clock import Clock
from engine.hooks import Hooks
from engine.storage.database import Database
from engine.vault import Vault
from tests.support.clock import SettableClock
from tests.support.engine import Harness
from tests.support.product import Product, open_product


@pytest.fixture
def vault() -> Vault:
    return Vault([Fernet.generate_key().decode()])


@pytest.fixture
def hooks(database: Database, vault: Vault, clock: Clock) -> Hooks:
    return Hooks(database, vault, clock)


@pytest_asyncio.fixture
async def engine(database: Database, clock: SettableClock) -> AsyncIterator[Harness]:
    """A started engine with scripted operations, on SQLite and on PostgreSQL."""
    harness = Harness(database, clock)
    await harness.start()
    yield harness
    await harness.stop()


@pytest_asyncio.fixture
async def product(tmp_path: Path, database_url: str, clock: SettableClock) -> AsyncIterator[Product]:
    """Everything as it ships and started, on SQLite and on PostgreSQL; other systems are scripted."""
    opened = open_product(tmp_path, database_url, clock)
    await opened.stepline.start()
    yield opened
    await opened.stepline.stop()
