"""The tables of what connectors keep from one run to the next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from engine.storage.tables import Base

__all__ = ["Base", "KeptEntry", "KeptResult"]


class KeptEntry(Base):
    """One value that a connector keeps, for one workflow or for all (`workflow` is "" then).

    `member` tells the values under one key apart; "" for the key's only one.
    """

    __tablename__ = "kept_entry"

    connector: Mapped[str] = mapped_column(String(64), primary_key=True)
    workflow: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    member: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[dict[str, Any]]
    """{"value": …}: SQLite would make a number of a bare "007"."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)


class KeptResult(Base):
    """What a change of kept values gave, by the idempotency key of the try: the same try again changes nothing."""

    __tablename__ = "kept_result"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    result: Mapped[dict[str, Any]]
    """{"value": …}"""
    created_at: Mapped[datetime] = mapped_column(index=True)
