"""Keeps entries in memory: for examples and tests of connectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors._kit.store import Act, Entry, Store


class MemoryStores:
    """Give it to a Caller as `stores`. `entries` are {"key", "member", "value"} that are there for every connector."""

    def __init__(self, clock: Callable[[], datetime], entries: Sequence[Mapping[str, Any]] = ()) -> None:
        self._clock = clock
        self._first = entries
        self._shelves: dict[tuple[str, str], MemoryShelf] = {}
        self._done: dict[str, Any] = {}

    def __call__(self, connector: str, workflow_id: str, idempotency_key: str) -> Store:
        shelf = self._shelves.get((connector, workflow_id))
        if shelf is None:
            shelf = self._shelves[connector, workflow_id] = MemoryShelf(self._clock)
            for entry in self._first:
                shelf.put(entry["key"], entry["value"], entry.get("member", ""))
        return _MemoryStore(shelf, self._done, idempotency_key)


class _MemoryStore:
    def __init__(self, shelf: MemoryShelf, done: dict[str, Any], key: str) -> None:
        self._shelf = shelf
        self._done = done
        self._key = key

    async def read(self, look: Act) -> Any:
        return look(self._shelf)

    async def change(self, act: Act) -> Any:
        if not self._key:
            return act(self._shelf)
        if self._key not in self._done:
            self._done[self._key] = act(self._shelf)
        return self._done[self._key]


class MemoryShelf:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._entries: dict[tuple[str, str], Entry] = {}

    def get(self, key: str, member: str = "") -> Entry | None:
        return next((entry for entry in self._there() if (entry.key, entry.member) == (key, member)), None)

    def put(self, key: str, value: Any, member: str = "", expires_at: datetime | None = None) -> None:
        entry = Entry(key, member, value, self._clock(), expires_at)
        known = self.get(key, member)
        self._entries[key, member] = replace(entry, created_at=known.created_at) if known else entry

    def remove(self, key: str, member: str | None = None) -> int:
        gone = [entry for entry in self._there() if entry.key == key and member in (None, entry.member)]
        for entry in gone:
            del self._entries[entry.key, entry.member]
        return len(gone)

    def keys(self, prefix: str, limit: int) -> list[Entry]:
        found = [entry for entry in self._there() if not entry.member and entry.key.startswith(prefix)]
        return sorted(found, key=lambda entry: entry.key)[:limit]

    def members(self, key: str, limit: int) -> list[Entry]:
        return [entry for entry in self._there() if entry.member and entry.key == key][:limit]

    def count(self, key: str) -> int:
        return sum(1 for entry in self._there() if entry.member and entry.key == key)

    def _there(self) -> list[Entry]:
        now = self._clock()
        return [entry for entry in self._entries.values() if entry.expires_at is None or entry.expires_at > now]
