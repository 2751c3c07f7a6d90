"""Decrypted credentials, kept in memory by revision."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from connectors._kit.context import Credentials
from engine.clock import Clock
from engine.errors import NotFound
from engine.storage import tables
from engine.storage.database import Database
from engine.vault import Vault

FRESH = timedelta(seconds=3)
"""How long a process believes its copy: a change by another process takes effect within this."""


@dataclass(slots=True)
class _Kept:
    credentials: Credentials
    checked_at: datetime


class CredentialStore:
    """Safe to share between threads: entries are replaced, never changed in a way another thread could misread."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def cached(self, connection_id: str) -> Credentials | None:
        """The credentials if they were checked a moment ago; does not block."""
        kept = self._kept.get(connection_id)
        return kept.credentials if kept and self._clock() - kept.checked_at < FRESH else None

    def get(self, connection_id: str) -> Credentials:
        """Blocks on the database unless cached. Raises NotFound or Undecryptable."""
        return self.cached(connection_id) or self._checked(connection_id)

    async def get_async(self, connection_id: str) -> Credentials:
        """Like `get`, without blocking the event loop."""
        cached = self.cached(connection_id)
        return await asyncio.to_thread(self._checked, connection_id) if cached is None else cached

    def forget(self, connection_id: str) -> None:
        """Call after the commit that changed the connection."""
        self._kept.pop(connection_id, None)

    def _checked(self, connection_id: str) -> Credentials:
        now, kept, table = self._clock(), self._kept.get(connection_id), tables.Connection
        with self._database.read() as session:
            current = select(table.revision).where(table.id == connection_id)
            if kept is not None and session.scalar(current) == kept.credentials.revision:
                kept.checked_at = now
                return kept.credentials
            row = session.get(table, connection_id)
        if row is None:
            self.forget(connection_id)
            raise NotFound("This connection no longer exists. Choose another one.", connection_id)
        values = {**row.public, **self._vault.decrypt(row.secret)}
        credentials = Credentials(row.id, row.connector, row.auth, values, row.revision, row.name)
        self._kept[connection_id] = _Kept(credentials, now)
        return credentials
