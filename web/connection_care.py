"""What a connection needs from its owner: mending now, or a fresh key some day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from connectors._kit.model import Connector
from engine.connections import ConnectionRecord
from engine.connections.model import FAILING, FAULTY

OLD_KEY = timedelta(days=365)
"""Keys that are older are better replaced: nobody knows any more who has seen them."""
TYPED = ("bearer", "api_key", "basic")
"""Logins whose key a person has typed in, rather than one that a sign-in hands out and renews."""


@dataclass(frozen=True, slots=True)
class Care:
    """`urgent`: runs that need the connection cannot succeed until somebody does something."""

    connection: ConnectionRecord
    kind: Literal["mend", "sign_in", "rotate"]
    title: str
    text: str
    button: str

    @property
    def urgent(self) -> bool:
        return self.kind != "rotate"

    @property
    def is_refused(self) -> bool:
        """The log-in itself: runs that need it are held."""
        return self.urgent and self.connection.status != FAULTY


def care_of(connection: ConnectionRecord, connectors: Mapping[str, Connector], now: datetime) -> Care | None:
    """None when all is well."""
    name, message = connection.name, connection.status_message
    if connection.status == "needs_reconnect":
        return Care(connection, "sign_in", f"{name} needs you to sign in again", message, "Sign in again")
    if connection.status in (FAILING, FAULTY):
        return Care(connection, "mend", f"{name} does not work", message, "Mend it")
    if has_old_key(connection, connectors, now):
        days = key_age(connection, now).days
        text = f"The key is {days} days old. Make a new one in the app and enter it here. Nothing stops meanwhile."
        return Care(connection, "rotate", f"{name} has an old key", text, "Replace the key")
    return None


def key_age(connection: ConnectionRecord, now: datetime) -> timedelta:
    """Since when the same key has been in use."""
    return now - (connection.rotated_at or connection.created_at)


def has_old_key(connection: ConnectionRecord, connectors: Mapping[str, Connector], now: datetime) -> bool:
    return is_typed(connection, connectors) and key_age(connection, now) > OLD_KEY


def is_typed(connection: ConnectionRecord, connectors: Mapping[str, Connector]) -> bool:
    """Whether a person has typed its key in, and can put another one in its place."""
    connector = connectors.get(connection.connector)
    kind = connector.auth_kind(connection.auth) if connector else None
    return kind is not None and kind.kind in TYPED
