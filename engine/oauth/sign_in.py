"""A person signs in at the service: there with an address that only this person can come back from, and back once."""

from __future__ import annotations

import asyncio
import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update

from connectors._kit.errors import OperationFailed
from connectors._kit.oauth import OAuth, Token, authorize_url, values_of
from engine.clock import Clock
from engine.connections.model import TestOutcome
from engine.errors import Refused
from engine.oauth import values as token_values
from engine.oauth.grants import Grant, Grants
from engine.storage import tables
from engine.storage.database import Database
from engine.tokens import hash_token, new_token
from engine.vault import Vault

CALLBACK = "/oauth/callback"
"""Below the server's public address; the one redirect address of all connectors."""
VALID = timedelta(minutes=15)

Proved = Callable[[str], Awaitable[TestOutcome]]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What came of a sign-in. `outcome` is None while the account has still to be chosen."""

    connection_id: str
    outcome: TestOutcome | None = None


class SignIns:
    """`proved` notes that a connection's log-in works and lets its held runs go on."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        oauth: OAuth,
        clock: Clock,
        *,
        public_url: str,
        proved: Proved,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._oauth = oauth
        self._clock = clock
        self._proved = proved
        self.redirect_uri = public_url + CALLBACK
        """What has to be entered in the service's app, to the letter."""

    def begin(self, connection_id: str, user_id: str, back: str = "") -> str:
        """The address to send the person's browser to. Blocks. Raises NotFound or Refused.

        `back` is where the person came from; the state brings it along, see `back_of`.
        """
        grant, now = self._grants.get(connection_id), self._clock()
        token, verifier = new_token(), new_token() if grant.auth.pkce else ""
        row = tables.SignIn(
            token_hash=hash_token(token),
            connection_id=connection_id,
            user_id=user_id,
            verifier=self._vault.encrypt(verifier),
            fingerprint=self._grants.fingerprint(grant),
            created_at=now,
            expires_at=now + VALID,
        )
        with self._database.write() as session:
            session.execute(delete(tables.SignIn).where(tables.SignIn.expires_at < now))
            session.add(row)
        return authorize_url(
            grant.auth,
            grant.values,
            redirect_uri=self.redirect_uri,
            state=self._state(token, user_id, back),
            verifier=verifier,
            scopes=_wanted(grant),
        )

    async def finish(self, state: str, code: str, user_id: str, *, error: str = "") -> SignedIn:
        """The person came back. A state counts once, for the person who left with it, for a quarter of an hour.

        Raises Refused with what to tell the person, NotFound when the connection is gone.
        """
        row = await asyncio.to_thread(self._take, state, user_id)
        if error or not code:
            raise Declined(row.connection_id, error)
        grant = await asyncio.to_thread(self._grants.get, row.connection_id)
        try:
            token = await self._oauth.exchange(
                grant.connector,
                grant.auth,
                grant.values,
                code=code,
                redirect_uri=self.redirect_uri,
                verifier=self._vault.decrypt(row.verifier),
            )
        except OperationFailed as failed:
            raise Declined(grant.id, failed.failure.message) from failed
        changes = {"account": None, "granted": dict(token.facts), "scopes": None}
        changes |= token_values.from_token(token, self._clock())
        if token_values.awaits_account(grant.auth, changes):
            return await self._many_accounts(grant, changes, token, row.fingerprint)
        await asyncio.to_thread(self._store, grant, changes, values_of(grant.auth, token.facts), row.fingerprint)
        return SignedIn(grant.id, await self._proved(grant.id))

    def back_of(self, state: str, user_id: str) -> str:
        """Where the person who left with this state came from; "" when nobody said, or this is another's state."""
        *_, written = state.split(".", 2)
        try:
            back = urlsafe_b64decode(written.encode()).decode()
        except (binascii.Error, ValueError):
            return ""
        ours = self._state(state.partition(".")[0], user_id, back)
        return back if hmac.compare_digest(state.encode(), ours.encode()) else ""

    async def accounts(self, connection_id: str) -> list[dict[str, Any]]:
        """What can be chosen: [{"value", "label"}]. Raises Refused when there is nothing to choose."""
        grant = await self._waiting(connection_id)
        return await self._listed(grant, grant.values)

    async def choose(self, connection_id: str, account: str) -> SignedIn:
        """Narrow the sign-in down to one account. Raises Refused."""
        grant = await self._waiting(connection_id)
        await self._narrow(grant, grant.values, account, self._grants.fingerprint(grant))
        return SignedIn(connection_id, await self._proved(connection_id))

    async def _waiting(self, connection_id: str) -> Grant:
        grant = await asyncio.to_thread(self._grants.get, connection_id)
        if not token_values.awaits_account(grant.auth, grant.values):
            raise Refused("There is nothing to choose. Connect again to choose another account.")
        return grant

    async def _many_accounts(self, grant: Grant, changes: dict[str, Any], token: Token, fingerprint: str) -> SignedIn:
        """Choose at once where there is no choice: the only account, or the one that the connection had before."""
        values = token_values.changed(grant.values, changes)
        accounts = [entry["value"] for entry in await self._listed(grant, values)]
        before = [account for account in accounts if account in _own(grant).values()]
        sole = accounts if len(accounts) == 1 else before[:1]
        if sole:
            await self._narrow(grant, values, sole[0], fingerprint, changes)
            return SignedIn(grant.id, await self._proved(grant.id))
        await asyncio.to_thread(self._grants.signed_in, grant.id, fingerprint, changes)
        return SignedIn(grant.id)

    async def _listed(self, grant: Grant, values: token_values.Values) -> list[dict[str, Any]]:
        try:
            return await self._oauth.accounts(grant.connector, grant.auth, values, values.get("granted") or {})
        except OperationFailed as failed:
            raise Declined(grant.id, failed.failure.message) from failed

    async def _narrow(
        self,
        grant: Grant,
        values: token_values.Values,
        account: str,
        fingerprint: str,
        changes: token_values.Values | None = None,
    ) -> None:
        facts = values.get("granted") or {}
        try:
            token = await self._oauth.account_token(grant.connector, grant.auth, values, facts, account)
        except OperationFailed as failed:
            raise Declined(grant.id, failed.failure.message) from failed
        narrowed = {**(changes or {}), **token_values.narrowed(values, token, account, self._clock())}
        own = values_of(grant.auth, {**facts, **token.facts})
        await asyncio.to_thread(self._store, grant, narrowed, own, fingerprint)

    def _store(self, grant: Grant, changes: token_values.Values, own: dict[str, str], fingerprint: str) -> None:
        for name, value in own.items():
            if _own(grant).get(name, value) != value:
                title = grant.connector.connection_schema["properties"][name].get("title", name)
                raise Declined(
                    grant.id,
                    f"You signed in to another account (its {title} is {value}). To use that one, add a new "
                    "connection; for this one, connect again and choose the account it had before.",
                )
        self._grants.signed_in(grant.id, fingerprint, {**changes, **own})

    def _take(self, state: str, user_id: str) -> tables.SignIn:
        token = state.partition(".")[0]
        if not hmac.compare_digest(state.encode(), self._state(token, user_id, self.back_of(state, user_id)).encode()):
            raise Refused("This sign-in was not begun here by you. Open the connection and connect again.")
        now, table = self._clock(), tables.SignIn
        unused = update(table).where(table.token_hash == hash_token(token), table.user_id == user_id)
        unused = unused.where(table.used_at.is_(None), table.expires_at > now)
        with self._database.write() as session:
            taken = unused.values(used_at=now).returning(table).execution_options(synchronize_session=False)
            row = session.scalar(taken)
            if row is None:
                raise Refused("This sign-in was used already or took too long. Open the connection and connect again.")
            return row

    def _state(self, token: str, user_id: str, back: str) -> str:
        """The token, proof of who left with it and for where, and where that is."""
        key = self._vault.derive("oauth state").encode()
        signature = hmac.new(key, f"{token}\n{user_id}\n{back}".encode(), "sha256").hexdigest()
        return f"{token}.{signature}" + (f".{urlsafe_b64encode(back.encode()).decode()}" if back else "")


class Declined(Refused):
    """Raised when the service or the person said no; `connection_id` is whose page to go back to."""

    def __init__(self, connection_id: str, reason: str) -> None:
        super().__init__(reason or "The sign-in was not finished.")
        self.connection_id = connection_id


def _wanted(grant: Grant) -> tuple[str, ...]:
    """What to ask for: what the connection says, else what the manifest says."""
    own = str(grant.values.get("ask_scopes") or "").replace(",", " ").split()
    return tuple(own) or grant.auth.scopes


def _own(grant: Grant) -> dict[str, Any]:
    """The connection's fields that a token says, as they were before."""
    return {name: grant.values[name] for name in grant.auth.values if grant.values.get(name)}
