"""What Python functions of connectors keep from one run to the next, and how.

A function that is run inside `change` sees one consistent state, and its changes are kept together or not at all.
`change` with the same idempotency key happens once: later calls get the first result and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from connectors._kit.errors import UnusableValue


@dataclass(frozen=True, slots=True)
class Entry:
    """One kept value, any JSON. `member` tells the values under one key apart; "" for the key's only one."""

    key: str
    member: str
    value: Any
    created_at: datetime
    expires_at: datetime | None = None


class Shelf(Protocol):
    """The entries of one connector: of one workflow, or of all. Those that have expired are not there."""

    def get(self, key: str, member: str = "") -> Entry | None: ...

    def put(self, key: str, value: Any, member: str = "", expires_at: datetime | None = None) -> None:
        """Adds the entry or replaces it; `created_at` stays that of the first."""

    def remove(self, key: str, member: str | None = None) -> int:
        """One member, or everything under the key; how many there were."""

    def keys(self, prefix: str, limit: int) -> list[Entry]:
        """Entries without a member whose key begins like this, by key."""

    def members(self, key: str, limit: int) -> list[Entry]:
        """Entries under a key, the oldest first."""

    def count(self, key: str) -> int:
        """How many members a key has."""


Act = Callable[[Shelf], Any]
"""Gives a JSON value; must not wait for anything."""


class Store(Protocol):
    """Kept entries, as a connector's function reaches them."""

    async def read(self, look: Act) -> Any: ...

    async def change(self, act: Act) -> Any: ...


Stores = Callable[[str, str, str], Store]
"""(connector, workflow id or "" for all workflows, idempotency key or "" for none)."""


class NoStore:
    """Where nothing can be kept."""

    async def read(self, look: Act) -> Any:
        raise UnusableValue("Nothing can be kept here.")

    async def change(self, act: Act) -> Any:
        raise UnusableValue("Nothing can be kept here.")


def no_stores(connector: str, workflow_id: str, idempotency_key: str) -> Store:
    return NoStore()
