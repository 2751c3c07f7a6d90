"""What the rest of Stepline gets to see of connections: never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from connectors._kit.context import Credentials, Result
from connectors._kit.exchange import Exchange
from connectors._kit.model import Connector
from engine.storage import tables

FAILING = "failing"
"""A connection whose log-in the service refuses: runs that need it are held."""
FAULTY = "faulty"
"""A connection whose test failed for another lasting reason, such as a permission or an address."""
NEEDS_RECONNECT = "needs_reconnect"
"""A connection whose sign-in the service accepts no more: only signing in again helps."""


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    id: str
    name: str
    connector: str
    """Key of the connector."""
    auth: str
    """Key of the connector's auth kind."""
    public: Mapping[str, Any]
    """All values that are not secret."""
    status: str
    """untested | ok | failing | faulty | needs_reconnect"""
    status_message: str
    """The account's name when ok, else what went wrong."""
    revision: int
    """Counts the changes of values."""
    tested_at: datetime | None
    created_at: datetime
    updated_at: datetime
    rotated_at: datetime | None

    @classmethod
    def of(cls, row: tables.Connection) -> ConnectionRecord:
        return cls(**{name: getattr(row, name) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Use:
    """A workflow whose draft or live version names a connection."""

    workflow_id: str
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """What a harmless request with the credentials showed. `message`: the account's name, or what went wrong."""

    __test__ = False  # the name is the product's, not pytest's

    ok: bool
    message: str
    remedy: str = ""
    exchanges: tuple[Exchange, ...] = ()
    released: int = 0
    """Runs that were held because of this connection's login and go on now."""
    kind: str = ""
    """Of the failure, if the service gave one."""


class Tester(Protocol):
    """The part of the connector kit's caller that connections need."""

    async def test(self, connector: Connector, credentials: Credentials) -> Result: ...


class Renewing(Protocol):
    """What keeps sign-ins alive (see `engine.oauth`)."""

    async def fresh(self, credentials: Credentials, *, anyway: bool = False) -> Credentials: ...

    async def after_refusal(self, credentials: Credentials) -> Credentials | None: ...


class NothingToRenew:
    """For connections that are only looked at or edited."""

    async def fresh(self, credentials: Credentials, *, anyway: bool = False) -> Credentials:
        return credentials

    async def after_refusal(self, credentials: Credentials) -> Credentials | None:
        return None
