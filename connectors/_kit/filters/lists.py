"""Filters for lists and groups of fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from connectors._kit.errors import UnusableValue
from connectors._kit.filters.base import Example, FilterGroup
from connectors._kit.filters.numbers import plain, total
from connectors._kit.values import as_text, kind_of

LISTS = FilterGroup("list")

_TAGS = {"tags": ["vip", "new", "vip"]}
_ROWS = {"rows": [{"id": 2, "vip": True}, {"id": 1, "vip": False}]}


def _list(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    if value is None:
        return []
    raise UnusableValue(f"{kind_of(value)} is not a list.")


def _field(item: Any, path: str) -> Any:
    """The value at a dotted path inside an item; None where it leads nowhere."""
    for key in path.split("."):
        item = item.get(key) if isinstance(item, Mapping) else None
    return item


@LISTS.add(
    "Join", "Writes the entries of a list as one text.", Example("{{ tags | join(', ') }}", _TAGS, "vip, new, vip")
)
def join(value: Any, separator: str = ", ") -> str:
    return separator.join(as_text(item) for item in _list(value))


@LISTS.add("First", "The first entry of a list (or letter of a text).", Example("{{ tags | first }}", _TAGS, "vip"))
def first(value: Any) -> Any:
    items = value if isinstance(value, str) else _list(value)
    return items[0] if items else None


@LISTS.add("Last", "The last entry of a list (or letter of a text).", Example("{{ tags | last }}", _TAGS, "vip"))
def last(value: Any) -> Any:
    items = value if isinstance(value, str) else _list(value)
    return items[-1] if items else None


@LISTS.add("Length", "How many entries, fields or letters there are.", Example("{{ tags | length }}", _TAGS, 3))
def length(value: Any) -> int:
    return len(value) if isinstance(value, (str, Mapping)) else len(_list(value))


@LISTS.add(
    "One field of each",
    "Takes one field out of each entry.",
    Example("{{ rows | map('id') }}", _ROWS, [2, 1]),
    name="map",
)
def map_(value: Any, field: str) -> list[Any]:
    return [_field(item, field) for item in _list(value)]


@LISTS.add(
    "Only where",
    "Keeps the entries whose field has this value; without a value, those where it is not empty.",
    Example("{{ rows | where('vip', true) | map('id') }}", _ROWS, [2]),
)
def where(value: Any, field: str, *equals: Any) -> list[Any]:
    if equals:
        return [item for item in _list(value) if _field(item, field) == equals[0]]
    return [item for item in _list(value) if _field(item, field)]


@LISTS.add(
    "Sort", "Sorts a list, by a field where it has one.", Example("{{ rows | sort('id') | map('id') }}", _ROWS, [1, 2])
)
def sort(value: Any, field: str | None = None, descending: bool = False) -> list[Any]:
    def rank(item: Any) -> tuple[int, float, str]:
        own = _field(item, field) if field else item
        if isinstance(own, (int, float)):
            return (0, own, "")
        return (2, 0, "") if own is None else (1, 0, as_text(own).casefold())

    return sorted(_list(value), key=rank, reverse=descending)


@LISTS.add("Without doubles", "Drops repeated entries.", Example("{{ tags | unique }}", _TAGS, ["vip", "new"]))
def unique(value: Any, field: str | None = None) -> list[Any]:
    seen: dict[bytes, Any] = {}
    for item in _list(value):
        seen.setdefault(orjson.dumps(_field(item, field) if field else item, option=orjson.OPT_SORT_KEYS), item)
    return list(seen.values())


@LISTS.add(
    "Sum", "Adds up numbers, or one field of each entry.", Example("{{ rows | sum('id') }}", _ROWS, 3), name="sum"
)
def sum_(value: Any, field: str | None = None) -> int | float:
    return plain(total(_field(item, field) if field else item for item in _list(value)))


@LISTS.add("Names", "The names of a group's fields.", Example("{{ row | keys }}", {"row": {"a": 1}}, ["a"]))
def keys(value: Any) -> list[str]:
    return list(value.keys())


@LISTS.add("Values", "The values of a group's fields.", Example("{{ row | values }}", {"row": {"a": 1}}, [1]))
def values(value: Any) -> list[Any]:
    return list(value.values())


@LISTS.add(
    "As rows",
    "Writes each field of a group as an entry with a name and a value.",
    Example("{{ row | rows('id') }}", {"row": {"a": 1}}, [{"id": "a", "value": 1}]),
)
def rows(value: Any, name: str = "name", content: str = "value") -> list[dict[str, Any]]:
    return [{name: key, content: item} for key, item in value.items()]


@LISTS.add(
    "Merge",
    "Adds the fields of another group, or the entries of another list.",
    Example("{{ row | merge({'b': 2}) }}", {"row": {"a": 1}}, {"a": 1, "b": 2}),
)
def merge(value: Any, other: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(other, Mapping):
        return {**value, **other}
    return [*_list(value), *_list(other)]
