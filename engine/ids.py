"""Time-ordered ids: 32 hex digits (UUID 7), so that the newest rows sit together in every index."""

from uuid_utils import uuid7


def new_id() -> str:
    return uuid7().hex
