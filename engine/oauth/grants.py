"""What services granted, in the database. Every change is one guarded UPDATE; blocks on the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from connectors._kit.context import Credentials
from connectors._kit.model import AuthKind, Connector
from connectors._kit.registry import Registry
from engine.clock import Clock
from engine.connections import fields
from engine.connections.credentials import CredentialStore
from engine.connections.model import NEEDS_RECONNECT
from engine.errors import Conflict, NotFound, Refused
from engine.oauth import values as token_values
from engine.storage import tables
from engine.storage.database import Database
from engine.vault import Vault

Values = Mapping[str, Any]
TRIES = 10


@dataclass(frozen=True, slots=True)
class Grant:
    """A connection with OAuth, as it was read. `until`: the end of the lease under which it is being renewed."""

    id: str
    name: str
    connector: Connector
    auth: AuthKind
    revision: int
    status: str
    status_message: str
    values: Values = field(repr=False)
    until: datetime | None = None
    interrupted: bool = False
    """Somebody began to renew it and never came to an end."""


class Grants:
    def __init__(
        self, database: Database, vault: Vault, registry: Registry, credentials: CredentialStore, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._registry = registry
        self._credentials = credentials
        self._clock = clock

    def get(self, connection_id: str) -> Grant:
        """Raises NotFound, Undecryptable, or Refused for a connection with another kind of log-in."""
        with self._database.read() as session:
            row = session.get(tables.Connection, connection_id)
        if row is None:
            raise NotFound("This connection no longer exists.", connection_id)
        found = token_values.kind_of(self._registry, row.connector, row.auth)
        if found is None:
            raise Refused("This connection does not sign in at the app’s own page.")
        return Grant(
            id=row.id,
            name=row.name,
            connector=found[0],
            auth=found[1],
            revision=row.revision,
            status=row.status,
            status_message=row.status_message,
            values={**row.public, **self._vault.decrypt(row.secret)},
            until=row.renewing_until,
            interrupted=row.renewing_until is not None and row.renewing_until <= self._clock(),
        )

    def current(self, connection_id: str) -> Credentials:
        """Read anew."""
        self._credentials.forget(connection_id)
        return self._credentials.get(connection_id)

    def lease(self, grant: Grant, until: datetime) -> bool:
        """The right to renew it, until then; False when somebody else has it or the connection has changed."""
        table = tables.Connection
        free = or_(table.renewing_until.is_(None), table.renewing_until <= self._clock())
        taken = update(table).where(table.id == grant.id, table.revision == grant.revision, free)
        return self._write(taken.values(renewing_until=until))

    def release(self, grant: Grant, until: datetime) -> None:
        """Give the right back, unless somebody else has it by now."""
        table = tables.Connection
        held = update(table).where(table.id == grant.id, table.renewing_until == until)
        self._write(held.values(renewing_until=None))

    def renew(self, grant: Grant, changes: Values, until: datetime | None) -> bool:
        """Store what a renewal gave and lease it until then (None: done).

        False when another sign-in has taken the place of the one that was renewed. What else changed in the
        meantime stays: the refresh token that was used is worth nothing any more, so the new one must be kept.
        """
        for _ in range(TRIES):
            now = self.get(grant.id)
            if now.values.get("refresh_token") != grant.values.get("refresh_token"):
                return False
            if self._store(now, token_values.changed(now.values, changes), renewing_until=until):
                return True
        raise Conflict("The connection kept changing while its sign-in was renewed.", grant.id)

    def signed_in(self, connection_id: str, fingerprint: str, changes: Values) -> None:
        """Store a new sign-in. Raises Refused when the connection is not the one it was begun for any more."""
        for _ in range(TRIES):
            now = self.get(connection_id)
            if self.fingerprint(now) != fingerprint:
                raise Refused("The connection was changed in the meantime. Connect again.")
            values = token_values.changed(now.values, changes)
            fresh = {"status": "untested", "status_message": "", "rotated_at": self._clock(), "renewing_until": None}
            if self._store(now, values, **fresh):
                return
        raise Conflict("The connection kept changing while you signed in. Connect again.")

    def refused(self, grant: Grant, message: str, until: datetime) -> bool:
        """The service does not renew it any more: a person must sign in. False when it has changed since."""
        table = tables.Connection
        same = update(table).where(table.id == grant.id, table.revision == grant.revision)
        return self._write(
            same.where(table.renewing_until == until).values(
                status=NEEDS_RECONNECT, status_message=message, tested_at=self._clock(), renewing_until=None
            )
        )

    def fingerprint(self, grant: Grant) -> str:
        """The same as long as the connection stands for the same app at the same service."""
        parts = (grant.connector.key, grant.auth.key, *(grant.values.get(name, "") for name in _IDENTITY))
        return self._vault.derive("\n".join(["sign-in", *map(str, parts)]))

    def _store(self, grant: Grant, values: Values, **columns: Any) -> bool:
        names = fields.secret_names(fields.schema(grant.connector, grant.auth))
        change = {
            "public": {name: value for name, value in values.items() if name not in names},
            "secret": self._vault.encrypt({name: value for name, value in values.items() if name in names}),
            "revision": grant.revision + 1,
            "updated_at": self._clock(),
        }
        table = tables.Connection
        same = update(table).where(table.id == grant.id, table.revision == grant.revision)
        stored = self._write(same.values(**change, **columns))
        self._credentials.forget(grant.id)
        return stored

    def _write(self, statement: Any) -> bool:
        statement = statement.returning(tables.Connection.id).execution_options(synchronize_session=False)
        with self._database.write() as session:
            return session.scalar(statement) is not None

    def scopes(self) -> dict[str, frozenset[str]]:
        """What each connection was granted, for those whose service says so."""
        query = select(tables.Connection.id, tables.Connection.public)
        with self._database.read() as session:
            rows = session.execute(query).all()
        return {id: frozenset(public["scopes"]) for id, public in rows if isinstance(public.get("scopes"), list)}


_IDENTITY = ("client_id", "authorize_url", "base_url")
