"""Time-ordered ids: 32 hex digits (UUID 7), so that the newest rows sit together in every index."""

from datetime import datetime

from uuid_utils import uuid7


def new_id() -> str:
    return uuid7().hex


def first_id(at: datetime) -> str:
    """Not greater than any id made at or after this moment: for ranges over the primary key."""
    return f"{int(at.timestamp() * 1000):012x}".ljust(32, "0")
