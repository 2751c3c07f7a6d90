"""Whether a login works: asked of the service, kept at the connection, and the runs that waited for it let go on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from connectors._kit.context import Credentials
from connectors._kit.errors import FailureKind, KitError, OperationFailed
from connectors._kit.registry import Registry
from engine.clock import Clock
from engine.connections.model import FAILING, FAULTY, NEEDS_RECONNECT, Tester, TestOutcome
from engine.held import release_for_connection
from engine.storage import tables
from engine.storage.database import Database

FLEETING = (FailureKind.TRANSIENT, FailureKind.RATE_LIMITED, FailureKind.UNCERTAIN)
"""Failures that say nothing about the login: the next test may well succeed."""


class Proofs:
    """Methods block on the database unless they are `async`."""

    def __init__(self, database: Database, registry: Registry, clock: Clock, caller: Tester) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._caller = caller

    async def ask(self, credentials: Credentials) -> TestOutcome:
        """Make the connector's harmless request."""
        try:
            result = await self._caller.test(self._registry.connector(credentials.connector), credentials)
        except OperationFailed as error:
            return failed(error)
        except KitError as error:
            return TestOutcome(False, str(error))
        label = result.output.get("label") if isinstance(result.output, Mapping) else None
        return TestOutcome(True, str(label or ""), exchanges=result.exchanges)

    def columns(self, connector: str, auth: str, outcome: TestOutcome) -> dict[str, Any]:
        """What the outcome says about the connection, as columns of its row."""
        return {
            "status": self._status(connector, auth, outcome),
            "status_message": outcome.message,
            "tested_at": self._clock(),
        }

    def _status(self, connector: str, auth: str, outcome: TestOutcome) -> str:
        if outcome.ok:
            return "ok"
        if outcome.kind != FailureKind.AUTH:
            return FAULTY
        found = self._registry.connectors.get(connector)
        kind = found.auth_kind(auth) if found else None
        return NEEDS_RECONNECT if kind is not None and kind.kind == "oauth2" else FAILING

    async def keep(self, credentials: Credentials, outcome: TestOutcome) -> TestOutcome:
        """Store the outcome if it says something about the login, unless the values changed in the meantime."""
        if outcome.kind in FLEETING:
            return outcome
        change = self.columns(credentials.connector, credentials.auth, outcome)
        return replace(
            outcome, released=await asyncio.to_thread(self.note, credentials.id, credentials.revision, change)
        )

    def note(self, connection_id: str, revision: int, change: Mapping[str, Any]) -> int:
        """Store `columns`, unless the values changed in the meantime. Returns how many held runs go on."""
        table = tables.Connection
        seen = update(table).where(table.id == connection_id, table.revision == revision)
        with self._database.write() as session:
            session.execute(seen.values(change))
        return self.release(connection_id) if change["status"] == "ok" else 0

    def release(self, connection_id: str) -> int:
        """Let the runs go on that were held because of this connection's login; how many there are."""
        with self._database.write() as session:
            return release_for_connection(session, connection_id)


def failed(error: OperationFailed) -> TestOutcome:
    failure = error.failure
    remedy = "Wait a moment and test again." if failure.kind in FLEETING else failure.remedy
    return TestOutcome(False, failure.message, remedy, error.exchanges, kind=failure.kind)
