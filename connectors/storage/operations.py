"""Values, counters and sets that outlive a run. Every change happens once, however often a step is tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from connectors._kit.context import Context
from connectors._kit.errors import UnusableValue
from connectors._kit.filters import numbers
from connectors._kit.store import Entry, Shelf, Store
from connectors._kit.values import shown

Input = Mapping[str, Any]
Output = dict[str, Any]

LARGEST = 256 * 1024
"""Bytes of the largest value, as JSON."""


async def get_value(input: Input, context: Context) -> Output:
    key = input["key"]

    def look(shelf: Shelf) -> Output:
        entry = shelf.get(key)
        value = input.get("default") if entry is None else entry.value
        return {"key": key, "value": value, "exists": entry is not None, "stored_at": _created(entry)}

    return await _read(input, context, look)


async def set_value(input: Input, context: Context) -> Output:
    key, value, until = input["key"], _fitting(input["value"]), _until(input, context)

    def act(shelf: Shelf) -> Output:
        known = shelf.get(key)
        previous = None if known is None else known.value
        if known is not None and input.get("only_if_missing"):
            return {"key": key, "value": previous, "stored": False, "previous": previous}
        shelf.put(key, value, expires_at=until)
        return {"key": key, "value": value, "stored": True, "previous": previous}

    return await _change(input, context, act)


async def delete_value(input: Input, context: Context) -> Output:
    """Also empties a set of this name."""
    key = input["key"]
    return await _change(input, context, lambda shelf: {"key": key, "deleted": shelf.remove(key) > 0})


async def list_values(input: Input, context: Context) -> Output:
    def look(shelf: Shelf) -> Output:
        found = shelf.keys(input.get("prefix") or "", input.get("limit", 100))
        return {"items": [{"key": entry.key, "value": entry.value} for entry in found], "count": len(found)}

    return await _read(input, context, look)


async def increment(input: Input, context: Context) -> Output:
    return await _count(input, context, input.get("by", 1))


async def decrement(input: Input, context: Context) -> Output:
    return await _count(input, context, -input.get("by", 1))


async def get_count(input: Input, context: Context) -> Output:
    key = input["key"]

    def look(shelf: Shelf) -> Output:
        entry = shelf.get(key)
        return {"key": key, "value": _number(key, entry, 0), "exists": entry is not None}

    return await _read(input, context, look)


async def add_to_set(input: Input, context: Context) -> Output:
    key, item, until = input["key"], input["item"], _until(input, context)

    def act(shelf: Shelf) -> Output:
        added = shelf.get(key, item) is None
        if added:
            shelf.put(key, True, item, until)
        return {"key": key, "item": item, "added": added, "count": shelf.count(key)}

    return await _change(input, context, act)


async def remove_from_set(input: Input, context: Context) -> Output:
    key, item = input["key"], input["item"]

    def act(shelf: Shelf) -> Output:
        removed = shelf.remove(key, item) > 0
        return {"key": key, "item": item, "removed": removed, "count": shelf.count(key)}

    return await _change(input, context, act)


async def find_in_set(input: Input, context: Context) -> Output:
    key, item = input["key"], input["item"]

    def look(shelf: Shelf) -> Output:
        entry = shelf.get(key, item)
        return {"key": key, "item": item, "exists": entry is not None, "added_at": _created(entry)}

    return await _read(input, context, look)


async def list_set(input: Input, context: Context) -> Output:
    key = input["key"]

    def look(shelf: Shelf) -> Output:
        found = shelf.members(key, input.get("limit", 100))
        return {"key": key, "items": [entry.member for entry in found], "count": shelf.count(key)}

    return await _read(input, context, look)


async def _count(input: Input, context: Context, by: float) -> Output:
    key, until = input["key"], _until(input, context)

    def act(shelf: Shelf) -> Output:
        known = shelf.get(key)
        previous = _number(key, known, input.get("start", 0))
        expires_at = until or (known.expires_at if known else None)
        value = numbers.plus(previous, by)
        shelf.put(key, value, expires_at=expires_at)
        return {"key": key, "value": value, "previous": previous}

    return await _change(input, context, act)


async def _read(input: Input, context: Context, look: Any) -> Output:
    found: Output = await _store(input, context).read(look)
    return found


async def _change(input: Input, context: Context, act: Any) -> Output:
    done: Output = await _store(input, context).change(act)
    return done


def _store(input: Input, context: Context) -> Store:
    return context.store(shared=bool(input.get("shared")))


def _number(key: str, entry: Entry | None, otherwise: float) -> float:
    value = otherwise if entry is None else entry.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UnusableValue(f"“{key}” holds {shown(value)}, which is not a number.")
    return value


def _until(input: Input, context: Context) -> datetime | None:
    amount = input.get("keep_for")
    return context.now + timedelta(**{input.get("keep_unit") or "days": amount}) if amount else None


def _created(entry: Entry | None) -> str | None:
    return None if entry is None else entry.created_at.isoformat()


def _fitting(value: Any) -> Any:
    size = len(orjson.dumps(value))
    if size > LARGEST:
        raise UnusableValue(f"The value is too large to be kept: {size // 1024} kB, at most {LARGEST // 1024} kB.")
    return value
