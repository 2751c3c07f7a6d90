"""What the engine's tests share."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from engine.clock import Clock
from engine.hooks import Hooks
from engine.storage.database import Database
from engine.vault import Vault


@pytest.fixture
def vault() -> Vault:
    return Vault([Fernet.generate_key().decode()])


@pytest.fixture
def hooks(database: Database, vault: Vault, clock: Clock) -> Hooks:
    return Hooks(database, vault, clock)
