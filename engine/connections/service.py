"""The connections of this server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, func, select, update

from connectors._kit.context import Credentials
from connectors._kit.errors import FailureKind, OperationFailed, UnknownConnector
from connectors._kit.model import Connector
from connectors._kit.registry import Registry
from engine.clock import Clock
from engine.connections import fields
from engine.connections.credentials import CredentialStore
from engine.connections.model import (
    ConnectionRecord,
    NothingToRenew,
    Renewing,
    Tester,
    TestOutcome,
    Use,
)
from engine.connections.permissions import Missing, missing
from engine.connections.proofs import Proofs, failed
from engine.connections.usage import uses
from engine.errors import Conflict, Invalid, NotFound, Problem, Refused, Undecryptable
from engine.hooks import HookRecord, Hooks
from engine.ids import new_id
from engine.storage import tables
from engine.storage.database import Database
from engine.vault import Vault

Values = Mapping[str, Any]

IN_THE_FORM = "Check what you entered here, most of all keys and passwords, and test again."
"""What to do when values were refused that stand in a form and are not saved yet."""


class Connections:
    """Safe to share between threads. Methods block on the database unless they are `async`.

    Whenever a test shows that a connection works, the runs that were held because of its login go on.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        registry: Registry,
        clock: Clock,
        caller: Tester,
        hooks: Hooks,
        credentials: CredentialStore | None = None,
        renewals: Renewing | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._registry = registry
        self._clock = clock
        self._proofs = Proofs(database, registry, clock, caller)
        self._hooks = hooks
        self._credentials = credentials or CredentialStore(database, vault, clock)
        self._renewals = renewals or NothingToRenew()

    def list(self, connector: str | None = None) -> Sequence[ConnectionRecord]:
        """All connections, or those of one connector, by name."""
        query = select(tables.Connection).order_by(func.lower(tables.Connection.name), tables.Connection.id)
        if connector is not None:
            query = query.where(tables.Connection.connector == connector)
        with self._database.read() as session:
            return [ConnectionRecord.of(row) for row in session.scalars(query)]

    def get(self, connection_id: str) -> ConnectionRecord:
        """Raises NotFound."""
        return ConnectionRecord.of(self._row(connection_id))

    def connector_by_id(self) -> dict[str, str]:
        """The connector's key of every connection, by connection id."""
        with self._database.read() as session:
            rows = session.execute(select(tables.Connection.id, tables.Connection.connector))
            return dict(rows.all())

    def schema(self, connector: str, auth: str) -> dict[str, Any]:
        """The JSON Schema of what a connection with this login asks for. Raises Invalid."""
        found = self._connector(connector)
        return fields.schema(found, fields.login(found, auth))

    def create(self, connector: str, auth: str, name: str, values: Values) -> ConnectionRecord:
        """Raises Invalid; its problems name the field."""
        schema, now = self.schema(connector, auth), self._clock()
        row = tables.Connection(
            id=new_id(),
            name=_valid_name(name),
            connector=connector,
            auth=auth,
            **self._split(schema, fields.accept(schema, values)),
            status="untested",
            status_message="",
            revision=1,
            created_at=now,
            updated_at=now,
        )
        with self._database.write() as session:
            session.add(row)
        return ConnectionRecord.of(row)

    def update(
        self, connection_id: str, *, name: str | None = None, auth: str | None = None, values: Values | None = None
    ) -> ConnectionRecord:
        """Change what is given. `values` replaces all values, but an empty secret field keeps its stored secret.

        A secret given as None is removed. Raises NotFound, Invalid or Conflict.
        """
        row = self._row(connection_id)
        change: dict[str, Any] = {} if name is None else {"name": _valid_name(name)}
        if values is not None or auth not in (None, row.auth):
            accepted = self._accepted(row, auth or row.auth, values or {})
            change |= self._new_values(row, auth or row.auth, accepted)
            change |= {"status": "untested", "status_message": "", "tested_at": None}
        return self._change(row, change) if change else ConnectionRecord.of(row)

    async def rotate(self, connection_id: str, values: Values) -> TestOutcome:
        """Try new values (as in `update`) first, and put them in place only if the service accepts them.

        Raises NotFound, Invalid or Conflict. When the outcome is not ok, nothing was changed.
        """
        row = await asyncio.to_thread(self._row, connection_id)
        accepted = self._accepted(row, row.auth, values)
        outcome = await self._proofs.ask(Credentials(row.id, row.connector, row.auth, accepted, row.revision))
        if outcome.ok:
            change = self._new_values(row, row.auth, accepted) | {"rotated_at": self._clock()}
            noted = self._proofs.columns(row.connector, row.auth, outcome)
            await asyncio.to_thread(self._change, row, change | noted)
            return replace(outcome, released=await asyncio.to_thread(self._proofs.release, connection_id))
        return _in_the_form(outcome)

    def delete(self, connection_id: str) -> None:
        """Raises NotFound, or Refused with the names of the workflows that use it."""
        with self._database.write() as session:
            if used := uses(session).get(connection_id):
                names = ", ".join(f"“{use.name}”" for use in used)
                raise Refused(f"This connection is used by {names}. Choose another connection there first.")
            gone = delete(tables.Connection).where(tables.Connection.id == connection_id)
            if session.scalar(gone.returning(tables.Connection.id)) is None:
                raise NotFound("This connection no longer exists.", connection_id)
        self._credentials.forget(connection_id)

    def used_by(self, connection_id: str) -> Sequence[Use]:
        """The workflows whose draft or live version names the connection."""
        return self.uses().get(connection_id, [])

    def uses(self) -> Mapping[str, Sequence[Use]]:
        """`used_by` of all connections at once."""
        with self._database.read() as session:
            return uses(session)

    def hook(self, connection_id: str) -> HookRecord:
        """Where the service sends its events; made at the first call. Raises NotFound."""
        return self._hooks.for_connection(connection_id)

    def rotate_hook(self, connection_id: str) -> HookRecord:
        """Move the hook to a new URL; the service must be told. Raises NotFound."""
        return self._hooks.rotate(self.hook(connection_id).id)

    def credentials(self, connection_id: str) -> Credentials:
        """Decrypted; at most a few seconds behind a change by another process. Raises NotFound, Undecryptable."""
        return self._credentials.get(connection_id)

    async def credentials_async(self, connection_id: str) -> Credentials:
        """Like `credentials`, without blocking the event loop; at once when they were used a moment ago."""
        return await self._credentials.get_async(connection_id)

    async def fresh(self, connection_id: str) -> Credentials:
        """Like `credentials_async`, and signed in for the next minutes. Raises OperationFailed where that fails."""
        return await self._renewals.fresh(await self.credentials_async(connection_id))

    async def after_refusal(self, credentials: Credentials) -> Credentials | None:
        """The service refused these: newer ones, or None when there are none to be had without a person."""
        return await self._renewals.after_refusal(credentials)

    async def test(self, connection_id: str) -> TestOutcome:
        """Make the connector's harmless request and keep what it showed. Raises NotFound."""
        try:
            credentials = await self._renewals.fresh(await self.credentials_async(connection_id), anyway=True)
        except OperationFailed as error:
            return failed(error)
        outcome = await self._proofs.ask(credentials)
        if outcome.kind == FailureKind.AUTH and (newer := await self.after_refusal(credentials)) is not None:
            credentials, outcome = newer, await self._proofs.ask(newer)
        return await self._proofs.keep(credentials, outcome)

    async def proved(self, connection_id: str) -> TestOutcome:
        """Somebody has signed in a moment ago. Only a refused log-in counts: the test may lack a permission."""
        credentials = await asyncio.to_thread(self.credentials, connection_id)
        outcome = await self._proofs.ask(credentials)
        wrong = outcome.kind == FailureKind.AUTH
        return await self._proofs.keep(credentials, outcome if outcome.ok or wrong else TestOutcome(True, ""))

    async def test_values(
        self, connector: str, auth: str, values: Values, *, connection_id: str | None = None
    ) -> TestOutcome:
        """Try values before they are saved; secrets left empty come from `connection_id`. Raises Invalid."""
        if connection_id is None:
            accepted = fields.accept(self.schema(connector, auth), values)
        else:
            row = await asyncio.to_thread(self._row, connection_id)
            accepted = self._accepted(row, auth, values)
        outcome = await self._proofs.ask(Credentials(connection_id or "new", connector, auth, accepted))
        return _in_the_form(outcome)

    def note_refusal(self, connection_id: str, message: str) -> None:
        """A run's call was refused because of the login: show it until the connection is tested or signed in again."""
        row = self._row(connection_id)
        refused = TestOutcome(False, message, kind=FailureKind.AUTH)
        self._proofs.note(row.id, row.revision, self._proofs.columns(row.connector, row.auth, refused))

    def missing_scopes(self, connection_id: str) -> Sequence[Missing]:
        """What workflows need of the connection and its service did not grant; empty when it does not say."""
        granted = self.get(connection_id).public.get("scopes")
        if not isinstance(granted, list):
            return []
        with self._database.read() as session:
            return missing(session, self._registry, connection_id, frozenset(granted))

    def _row(self, connection_id: str) -> tables.Connection:
        with self._database.read() as session:
            row = session.get(tables.Connection, connection_id)
        if row is None:
            raise NotFound("This connection no longer exists.", connection_id)
        return row

    def _connector(self, key: str) -> Connector:
        try:
            return self._registry.connector(key)
        except UnknownConnector as error:
            problem = Problem("Choose an app.", "/connector", field="connector")
            raise Invalid(str(error), [problem]) from error

    def _accepted(self, row: tables.Connection, auth: str, values: Values) -> dict[str, Any]:
        """The values complete with the stored ones that were left empty or that no form shows."""
        schema = self.schema(row.connector, auth)
        names = fields.secret_names(schema) | fields.hidden_names(schema)
        stored = {**row.public, **self._readable_secrets(row)} if auth == row.auth else {}
        if stored.get("client_id") != values.get("client_id"):  # what another app was granted
            names -= fields.hidden_names(schema)
        kept = {name: value for name, value in stored.items() if name in names and values.get(name, "") == ""}
        return fields.accept(schema, {**values, **kept})

    def _readable_secrets(self, row: tables.Connection) -> Values:
        """Nothing when they cannot be decrypted any more: entering them again must stay possible."""
        try:
            secrets: Values = self._vault.decrypt(row.secret)
        except Undecryptable:
            return {}
        return secrets

    def _new_values(self, row: tables.Connection, auth: str, accepted: Values) -> dict[str, Any]:
        schema = self.schema(row.connector, auth)
        return {"auth": auth, **self._split(schema, accepted), "revision": row.revision + 1}

    def _split(self, schema: Mapping[str, Any], accepted: Values) -> dict[str, Any]:
        names = fields.secret_names(schema)
        public = {name: value for name, value in accepted.items() if name not in names}
        secret = {name: value for name, value in accepted.items() if name in names}
        return {"public": public, "secret": self._vault.encrypt(secret)}

    def _change(self, row: tables.Connection, change: Mapping[str, Any]) -> ConnectionRecord:
        """Write `change` unless the values changed since `row` was read."""
        table = tables.Connection
        unchanged = update(table).where(table.id == row.id, table.revision == row.revision)
        with self._database.write() as session:
            changed = session.scalar(unchanged.values(**change, updated_at=self._clock()).returning(table))
            if changed is None:
                raise Conflict("Somebody else changed this connection. Reload it and make your change again.")
        self._credentials.forget(row.id)
        return ConnectionRecord.of(changed)


def _in_the_form(outcome: TestOutcome) -> TestOutcome:
    return replace(outcome, remedy=IN_THE_FORM) if outcome.kind == FailureKind.AUTH else outcome


def _valid_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= 120:
        problem = Problem("Enter a name of at most 120 characters.", "/name", field="name")
        raise Invalid("The connection was not saved.", [problem])
    return name
