"""What a connection needs from its owner: mending now, signing in again soon, a fresh key some day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from engine.connections import ConnectionRecord

OLD_KEY = timedelta(days=365)
"""Keys that are older are better replaced: nobody knows any more who has seen them."""


@dataclass(frozen=True, slots=True)
class Care:
    """`urgent`: runs that need the connection are held until somebody does something."""

    connection: ConnectionRecord
    kind: Literal["mend", "rotate"]
    title: str
    text: str

    @property
    def urgent(self) -> bool:
        return self.kind == "mend"


def care_of(connection: ConnectionRecord, now: datetime) -> Care | None:
    """None when all is well."""
    if connection.status == "failing":
        return Care(connection, "mend", f"{connection.name} does not work", connection.status_message)
    if rotatable(connection) and key_age(connection, now) > OLD_KEY:
        days = key_age(connection, now).days
        text = f"The key is {days} days old. Make a new one in the app and enter it here. Nothing stops meanwhile."
        return Care(connection, "rotate", f"{connection.name} has an old key", text)
    return None


def key_age(connection: ConnectionRecord, now: datetime) -> timedelta:
    """Since when the same key has been in use."""
    return now - (connection.rotated_at or connection.created_at)


def rotatable(connection: ConnectionRecord) -> bool:
    """Whether its key was typed in by a person, rather than handed out by a sign-in or not needed."""
    return connection.auth not in ("none", "oauth", "oauth2")
