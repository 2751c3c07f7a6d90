"""Finding contacts: the list with its double cursor, and the search with filters."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from web.sandbox.ghl import shapes
from web.sandbox.ghl.book import Book, Cursor, cursor_of
from web.sandbox.ghl.errors import refused, unprocessable
from web.sandbox.replies import Record

SEARCHED = ("name", "email", "phone", "companyName")
MOST_BY_PAGE = 10_000
LARGEST_PAGE = 500


def listed(book: Book, *, url: str, limit: int, query: str, after: Cursor | None) -> Record:
    """`GET /contacts/`: newest first, behind the cursor. The cursor of the last row stays the same once
    everything has been read. `url` is the address of the list with its location."""
    matching = (contact for contact in book.newest_first(after) if _mentions(contact, query))
    rows = list(islice(matching, limit + 1))
    more, rows = len(rows) > limit, rows[:limit]
    cursor = cursor_of(rows[-1]) if rows else after
    total = len(book) if not query else sum(_mentions(c, query) for c in book.newest_first())
    meta: Record = {"total": total, "nextPageUrl": None, "nextPage": None, "currentPage": 1, "prevPage": None}
    if cursor is not None:
        meta |= {"startAfter": cursor[0], "startAfterId": cursor[1]}
    if more and cursor is not None:
        parts = {"limit": limit, "startAfter": cursor[0], "startAfterId": cursor[1]}
        meta |= {"nextPageUrl": f"{url}&{urlencode(parts)}", "nextPage": 2}
    return {"contacts": [shapes.row(contact) for contact in rows], "count": total, "meta": meta}


def searched(book: Book, body: Record) -> Record:
    """`POST /contacts/search`. Raises Refused for what the vendor does not take."""
    size, page = int(body.get("pageLimit") or 0), int(body.get("page") or 1)
    if not 1 <= size <= LARGEST_PAGE:
        raise unprocessable([f"pageLimit must be between 1 and {LARGEST_PAGE}"])
    if page < 1 or page * size > MOST_BY_PAGE:
        raise refused(400, f"page and pageLimit reach at most {MOST_BY_PAGE} records; use searchAfter")
    query = str(body.get("query") or "")
    filters = body.get("filters") or []
    matching = [c for c in book.newest_first() if _mentions(c, query) and _all(c, filters)]
    matching = _sorted(matching, body.get("sort") or [])
    total = len(matching)
    after = body.get("searchAfter")
    start = _behind(matching, after) if after else (page - 1) * size
    rows = [shapes.found(c, list(cursor_of(c))) for c in matching[start : start + size]]
    return {"contacts": rows, "total": total}


def _behind(contacts: list[Record], cursor: Any) -> int:
    last = str(cursor[-1]) if isinstance(cursor, list) and cursor else ""
    for position, contact in enumerate(contacts):
        if contact["id"] == last:
            return position + 1
    raise refused(400, "searchAfter is not a cursor of this search")


def _mentions(contact: Record, query: str) -> bool:
    wanted = query.lower()
    return not wanted or any(wanted in (contact.get(name) or "").lower() for name in SEARCHED)


def _sorted(contacts: list[Record], sort: Iterable[Record]) -> list[Record]:
    for rule in reversed(list(sort)):
        field = str(rule.get("field", ""))
        contacts.sort(key=lambda c: str(_value(c, field) or ""), reverse=rule.get("direction") == "desc")
    return contacts


def _all(contact: Record, filters: Iterable[Record]) -> bool:
    return all(_holds(contact, rule) for rule in filters)


def _holds(contact: Record, rule: Record) -> bool:
    if "group" in rule:
        inner = [_holds(contact, each) for each in rule.get("filters", [])]
        return any(inner) if str(rule["group"]).upper() == "OR" else all(inner)
    held, wanted = _value(contact, str(rule.get("field", ""))), rule.get("value")
    match rule.get("operator"):
        case "eq":
            return _equal(held, wanted)
        case "not_eq":
            return not _equal(held, wanted)
        case "contains":
            return _contains(held, wanted)
        case "not_contains":
            return not _contains(held, wanted)
        case "exists":
            return held not in (None, "", [])
        case "not_exists":
            return held in (None, "", [])
        case "range":
            return _within(held, wanted)
        case other:
            raise unprocessable([f"operator {other} is not supported"])


def _value(contact: Record, field: str) -> Any:
    if field.startswith("customFields."):
        wanted = field.removeprefix("customFields.")
        return next((e["value"] for e in contact.get("customFields", []) if e["id"] == wanted), None)
    if field.endswith("LowerCase"):
        return (contact.get(field.removesuffix("LowerCase")) or "").lower()
    return contact.get(field)


def _equal(held: Any, wanted: Any) -> bool:
    choices = wanted if isinstance(wanted, list) else [wanted]
    values = held if isinstance(held, list) else [held]
    return any(_fold(value) == _fold(choice) for value in values for choice in choices)


def _contains(held: Any, wanted: Any) -> bool:
    values = held if isinstance(held, list) else [held]
    return any(str(wanted or "").lower() in str(value or "").lower() for value in values)


def _within(held: Any, bounds: Any) -> bool:
    if held is None or not isinstance(bounds, dict):
        return False
    tests = {"gte": held.__ge__, "gt": held.__gt__, "lte": held.__le__, "lt": held.__lt__}
    return all(tests[name](bound) is True for name, bound in bounds.items() if name in tests)


def _fold(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
