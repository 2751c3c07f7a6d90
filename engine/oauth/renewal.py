"""New tokens before the old ones end: one renewal at a time for each connection, in all processes together.

free ──lease──► asking the service ──► stored with the new refresh token, in one UPDATE
                     ├─► for now no:   the old token serves until its end, then runs wait and try again
                     ├─► for good no:  needs_reconnect, unless somebody else renewed it in the meantime
                     └─► the process dies: the lease ends; the next one asks, and a refusal then says what happened
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from connectors._kit.context import Credentials
from connectors._kit.errors import Failure, FailureKind, OperationFailed
from connectors._kit.oauth import RECONNECT, OAuth, Token
from connectors._kit.registry import Registry
from engine.clock import Clock
from engine.connections.model import NEEDS_RECONNECT
from engine.errors import StorageUnavailable
from engine.oauth import values as token_values
from engine.oauth.grants import Grant, Grants

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""Longer than a service takes to answer; after it, somebody else may try."""
LOOK_AGAIN = 0.2
"""Seconds between two looks at what another process is renewing."""
HOLD_OFF = timedelta(seconds=30)
"""How long a renewal that failed for now is left alone while the old token still serves."""
FORCE_EVERY = timedelta(minutes=5)
STORE_AGAIN = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between tries to store a new token: it must not get lost."""

INTERRUPTED = "Stepline was stopped while it renewed the sign-in, and the new one was lost."

Sleep = Callable[[float], Awaitable[None]]


class Renewals:
    """Used from one event loop; any number of processes may share the database."""

    def __init__(
        self, grants: Grants, registry: Registry, oauth: OAuth, clock: Clock, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._grants = grants
        self._registry = registry
        self._oauth = oauth
        self._clock = clock
        self._sleep = sleep
        self._running: dict[str, asyncio.Task[Credentials]] = {}
        self._not_before: dict[str, datetime] = {}
        self._forced: dict[str, datetime] = {}

    async def fresh(self, credentials: Credentials, *, anyway: bool = False) -> Credentials:
        """The same, or renewed ones when they end within minutes. At once when there is nothing to do.

        `anyway` asks the service even when it is known that a person has to sign in again. Raises OperationFailed
        when they have ended and cannot be renewed: auth for good, transient for now.
        """
        return await self._shared(credentials, anyway) if self._is_due(credentials) else credentials

    async def after_refusal(self, credentials: Credentials) -> Credentials | None:
        """The service refused them before their time: newer ones, or None when there are none to be had."""
        found = token_values.kind_of(self._registry, credentials.connector, credentials.auth)
        if found is None or not credentials.values.get("refresh_token"):
            return None
        now = self._clock()
        current = await asyncio.to_thread(self._grants.current, credentials.id)
        if current.revision > credentials.revision:
            return current
        if now - self._forced.get(credentials.id, now - FORCE_EVERY) < FORCE_EVERY:
            return None
        self._forced[credentials.id] = now
        try:
            renewed = await self._shared(credentials)
        except OperationFailed:
            return None
        return renewed if renewed.revision > credentials.revision else None

    async def settle(self) -> None:
        """Return when no renewal is under way, so that none gets lost."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _is_due(self, credentials: Credentials) -> bool:
        if not token_values.is_due(credentials.values, self._clock()):
            return False
        if token_values.kind_of(self._registry, credentials.connector, credentials.auth) is None:
            return False
        later = self._not_before.get(credentials.id)
        return later is None or later <= self._clock() or self._has_ended(credentials)

    def _has_ended(self, credentials: Credentials) -> bool:
        return token_values.has_ended(credentials.values, self._clock())

    async def _shared(self, credentials: Credentials, anyway: bool = False) -> Credentials:
        """Everybody in this process waits for the same renewal; who is cancelled does not stop it."""
        task = self._running.get(credentials.id)
        if task is None:
            task = asyncio.create_task(self._renewed(credentials, anyway), name=f"renew {credentials.id}")
            self._running[credentials.id] = task
            task.add_done_callback(lambda done: self._ended(credentials.id, done))
        return await asyncio.shield(task)

    def _ended(self, connection_id: str, task: asyncio.Task[Credentials]) -> None:
        self._running.pop(connection_id, None)
        if not task.cancelled():
            task.exception()  # whoever waits for it gets it; nobody may be left by now

    async def _renewed(self, old: Credentials, anyway: bool) -> Credentials:
        give_up = self._clock() + LEASE
        while True:
            grant = await asyncio.to_thread(self._grants.get, old.id)
            if grant.revision > old.revision and not token_values.is_due(grant.values, self._clock()):
                return await asyncio.to_thread(self._grants.current, old.id)
            if grant.status == NEEDS_RECONNECT and not anyway:
                raise OperationFailed(Failure(FailureKind.AUTH, grant.status_message, remedy=RECONNECT))
            until = self._clock() + LEASE
            if await asyncio.to_thread(self._grants.lease, grant, until):
                return await self._renew(grant, until)
            if self._clock() > give_up:
                message = f"The sign-in at {grant.connector.name} is being renewed and that takes too long."
                raise OperationFailed(Failure(FailureKind.TRANSIENT, message))
            await self._sleep(LOOK_AGAIN)

    async def _renew(self, grant: Grant, until: datetime) -> Credentials:
        facts = grant.values.get("granted") or {}
        try:
            token = await self._oauth.refresh(grant.connector, grant.auth, grant.values, facts)
        except OperationFailed as error:
            return await self._failed(grant, error.failure, until)
        if token_values.is_narrowed(grant.auth, grant.values):
            return await self._narrow(grant, token, until)
        return await self._keep(grant, token_values.from_token(token, self._clock()), None)

    async def _narrow(self, grant: Grant, wide: Token, until: datetime) -> Credentials:
        """The wide token gives the one for the chosen account. Its refresh token is stored before anything else."""
        await self._keep(grant, {"refresh_token": wide.refresh_token}, until)
        grant = await asyncio.to_thread(self._grants.get, grant.id)
        account, facts = grant.values["account"], {**grant.values["granted"], **wide.facts}
        values = {**grant.values, "access_token": wide.access_token}
        try:
            token = await self._oauth.account_token(grant.connector, grant.auth, values, facts, account)
        except OperationFailed as error:
            return await self._failed(grant, error.failure, until)
        return await self._keep(grant, token_values.narrowed(values, token, account, self._clock()), None)

    async def _keep(self, grant: Grant, changes: token_values.Values, until: datetime | None) -> Credentials:
        for pause in (*STORE_AGAIN, None):
            try:
                await asyncio.to_thread(self._grants.renew, grant, changes, until)
                break
            except StorageUnavailable as error:
                if pause is None:
                    log.error("the renewed sign-in of “%s” is lost: %s; connect it again", grant.name, error.detail)
                    raise
                await self._sleep(pause)
        return await asyncio.to_thread(self._grants.current, grant.id)

    async def _failed(self, grant: Grant, failure: Failure, until: datetime) -> Credentials:
        if failure.kind is FailureKind.AUTH:
            message = f"{INTERRUPTED} {failure.message}" if grant.interrupted else failure.message
            if await asyncio.to_thread(self._grants.refused, grant, message, until):
                log.warning("“%s” needs reconnecting: %s (%s)", grant.name, message, failure.detail)
                raise OperationFailed(replace(failure, message=message))
        await asyncio.to_thread(self._grants.release, grant, until)
        current = await asyncio.to_thread(self._grants.current, grant.id)
        if current.values.get("refresh_token") == grant.values.get("refresh_token"):
            if failure.kind is FailureKind.AUTH or self._has_ended(current):
                raise OperationFailed(failure)
            log.warning("the sign-in of “%s” could not be renewed yet: %s", grant.name, failure.message)
            self._not_before[grant.id] = self._clock() + HOLD_OFF
        return current
