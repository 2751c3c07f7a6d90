"""Digests: entries are kept until they are given out together, each exactly once.

All workflows share them: usually one collects and another one gives out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from connectors._kit.context import Context
from connectors._kit.errors import UnusableValue
from connectors._kit.intervals import interval_times
from connectors._kit.store import Shelf
from connectors._kit.values import as_text

Input = Mapping[str, Any]
Output = dict[str, Any]

MOST = 1000
"""Entries that one digest can hold."""


async def add(input: Input, context: Context) -> Output:
    name, release_at = input["digest"], input.get("release_at")
    member = f"{context.now.isoformat()} {context.idempotency_key}"[:200]

    def act(shelf: Shelf) -> Output:
        if shelf.count(name) >= MOST:
            raise UnusableValue(f"The digest “{name}” is full: it has {MOST} entries. Give it out more often.")
        shelf.put(name, input["entry"], member)
        count = shelf.count(name)
        if release_at and count >= release_at:
            return _taken(shelf, input, MOST)
        return {"digest": name, "released": False, "count": count, "entries": [], "text": ""}

    return await _change(context, act)


async def release(input: Input, context: Context) -> Output:
    return await _change(context, lambda shelf: _taken(shelf, input, input.get("limit", MOST)))


async def read(input: Input, context: Context) -> Output:
    limit = input.get("limit", 100)
    found: Output = await context.store(shared=True).read(lambda shelf: _shown(shelf, input, limit))
    return found


async def due(input: Input, context: Context) -> Output | None:
    """What the trigger gives; None, and nothing is taken out, while there are too few entries."""

    def act(shelf: Shelf) -> Output | None:
        if shelf.count(input["digest"]) < input.get("at_least", 1):
            return None
        taken = _taken(shelf, input, MOST)
        return {name: value for name, value in taken.items() if name != "released"}

    found: Output | None = await context.store(shared=True).change(act)
    return found


def next_times(operation_key: str, input: Input, after: datetime, count: int) -> list[datetime]:
    """When a digest is due after a moment: UTC, ascending. Raises UnusableValue."""
    return list(islice(interval_times(input, after), count))


async def _change(context: Context, act: Any) -> Output:
    done: Output = await context.store(shared=True).change(act)
    return done


def _taken(shelf: Shelf, input: Input, limit: int) -> Output:
    """The entries, which are no longer there afterwards."""
    name = input["digest"]
    found = _shown(shelf, input, limit)
    for entry in shelf.members(name, limit):
        shelf.remove(name, entry.member)
    return {**found, "released": bool(found["entries"])}


def _shown(shelf: Shelf, input: Input, limit: int) -> Output:
    name = input["digest"]
    entries = [{"entry": entry.value, "added_at": entry.created_at.isoformat()} for entry in shelf.members(name, limit)]
    text = (input.get("separator") or "\n").join(as_text(entry["entry"]) for entry in entries)
    return {"digest": name, "count": len(entries), "entries": entries, "text": text}
