"""What the rest of Stepline gets to see of users and their tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.clock import Clock
from engine.storage import tables
from engine.storage.database import Database

NOTE_USE_EVERY = timedelta(minutes=5)
"""How often the use of a session or a token is written down."""


@dataclass(frozen=True, slots=True)
class User:
    id: str
    email: str
    name: str
    role: str
    """owner | member"""
    preferences: Mapping[str, Any]
    created_at: datetime

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"

    @classmethod
    def of(cls, row: tables.User) -> User:
        return cls(row.id, row.email, row.name, row.role, row.preferences, row.created_at)


@dataclass(frozen=True, slots=True)
class ApiToken:
    id: str
    user_id: str
    name: str
    prefix: str
    """The first characters, so that its owner recognises it."""
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: tables.ApiToken) -> ApiToken:
        return cls(row.id, row.user_id, row.name, row.prefix, row.created_at, row.used_at, row.revoked_at)


@dataclass(frozen=True, slots=True)
class LoginLink:
    purpose: str
    user_id: str | None


class Facet:
    """One side of `Accounts`; all share the database and the clock."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
