"""Guesses how a list goes on: by page, by offset, by cursor, or by a link to the next page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors._kit.openapi import names
from connectors._kit.openapi.answers import Answer
from connectors._kit.openapi.inputs import Inputs
from connectors._kit.openapi.schemas import Schema

_PAGE = ("page", "page_number", "page_num", "page_no", "current_page", "page_index")
_SIZE = ("per_page", "page_size", "limit", "size", "count", "page_limit", "max_results", "results_per_page", "pagesize")
_OFFSET = ("offset", "skip", "start", "start_index", "start_at")
_CURSOR = (
    "cursor", "after", "page_token", "next_token", "next_cursor", "continuation_token", "pagination_token",
    "start_cursor", "next_page_token", "page_cursor", "paging_token", "marker", "next_page", "starting_after",
)  # fmt: skip
_NEXT = (
    "next_cursor", "next_page_token", "next_token", "next_page", "cursor", "after", "end_cursor", "next",
    "continuation_token", "pagination_token", "next_page_cursor", "next_marker",
)  # fmt: skip
_HOLDERS = ("meta", "pagination", "paging", "page_info", "response_metadata", "metadata", "page", "cursors")
_LINKS = ("next", "next_url", "next_link", "next_page_url", "odata_next_link", "next_page")
_ROWS = ("data", "items", "results", "records", "values", "value", "entries", "rows", "list", "content", "elements")
DEFAULT_SIZE = 100


@dataclass(frozen=True, slots=True)
class Guess:
    """`fills` are the inputs that paging fills from now on; `rows` leads to the rows of a page."""

    paging: dict[str, Any]
    rows: Schema
    fills: tuple[str, ...]
    words: str


def guess(inputs: Inputs, answer: Answer, group: Sequence[str]) -> Guess | None:
    """How the list in this answer goes on; None where it is no list or nothing speaks for pages."""
    found = _rows(answer, group)
    if found is None:
        return None
    rows, schema = found
    query = {_plain(spelled): spelled for spelled in inputs.query}
    size = _first(query, _SIZE)
    for attempt in (_by_link_header, _by_cursor, _by_next_link, _by_page, _by_offset):
        guessed = attempt(inputs, answer, query, size, rows)
        if guessed is not None:
            paging, fills, words = guessed
            names_of = [
                name
                for name in inputs.fields
                for spelled in fills
                if inputs.query.get(spelled) == f"{{{{ input['{name}'] }}}}"
            ]
            return Guess({**paging, "items": rows}, schema, tuple(names_of), words)
    return None


_Guessed = tuple[dict[str, Any], list[str], str] | None


def _by_link_header(inputs: Inputs, answer: Answer, query: dict[str, str], size: str | None, rows: str) -> _Guessed:
    page = _first(query, _PAGE)
    if "link" not in answer.headers or (page is None and size is None):
        return None
    return {"kind": "link"}, [page] if page else [], "the Link header"


def _by_cursor(inputs: Inputs, answer: Answer, query: dict[str, str], size: str | None, rows: str) -> _Guessed:
    cursor = _first(query, _CURSOR)
    if cursor is None:
        return None
    following = _next_place(answer.schema, _NEXT)
    if following is None and _plain(cursor) in ("starting_after", "after") and "has_more" in _fields(answer.schema):
        inner = rows.removeprefix("{{ ").removesuffix(" }}")
        following = f"{{{{ ({inner} | last).id if response.has_more else '' }}}}"
    if following is None:
        return None
    paging = {"kind": "cursor", "next": {_place(cursor): following}, **_sized(inputs, size, kind="cursor")}
    return paging, [cursor, *([size] if size else [])], f"the cursor “{cursor}”"


def _by_next_link(inputs: Inputs, answer: Answer, query: dict[str, str], size: str | None, rows: str) -> _Guessed:
    following = _next_place(answer.schema, _LINKS, addresses=True)
    if following is None:
        return None
    fills = [spelled for spelled in (_first(query, _PAGE), _first(query, _OFFSET)) if spelled]
    return {"kind": "link", "next": following}, fills, "a link to the next page"


def _by_page(inputs: Inputs, answer: Answer, query: dict[str, str], size: str | None, rows: str) -> _Guessed:
    page = _first(query, _PAGE)
    if page is None:
        return None
    schema = _schema_of(inputs, page)
    if schema.get("type") not in ("integer", "number", "string", None):
        return None
    from_zero = schema.get("default") in (0, "0") or (schema.get("minimum") == 0 and schema.get("default") != 1)
    first = 0 if from_zero else 1
    paging = {"kind": "page", "page": _place(page), "first": first, **_sized(inputs, size, kind="page")}
    return paging, [page, *([size] if size else [])], f"the page number “{page}”"


def _by_offset(inputs: Inputs, answer: Answer, query: dict[str, str], size: str | None, rows: str) -> _Guessed:
    offset = _first(query, _OFFSET)
    if offset is None or size is None:
        return None
    return (
        {"kind": "offset", "offset": _place(offset), **_sized(inputs, size, kind="offset")},
        [offset, size],
        f"the offset “{offset}”",
    )


def _sized(inputs: Inputs, size: str | None, *, kind: str) -> dict[str, Any]:
    """As many rows a page as are allowed, but not more than is usual."""
    if size is None:
        return {}
    schema = _schema_of(inputs, size)
    most = schema.get("maximum")
    wanted = min(DEFAULT_SIZE, int(most)) if isinstance(most, (int, float)) and most >= 1 else schema.get("default")
    if not isinstance(wanted, int) or wanted < 1:
        wanted = 20
    return {"size": _place(size), "page_size": wanted}


def _rows(answer: Answer, group: Sequence[str]) -> tuple[str, Schema] | None:
    """The template that gives the rows, and their schema."""
    if answer.kind == "list":
        return "{{ response }}", answer.schema
    fields = _fields(answer.schema)
    lists = {name: field for name, field in fields.items() if _is_list(field)}
    wanted = [*_ROWS, "_".join(group), *group, *(word.rstrip("s") for word in group)]
    for name in wanted:
        if name in lists:
            return f"{{{{ response['{name}'] }}}}", lists[name]
        inner = _fields(fields.get(name, {}))
        for below in wanted:
            if name in ("data", "result", "response") and _is_list(inner.get(below, {})):
                return f"{{{{ response['{name}']['{below}'] }}}}", inner[below]
    if len(lists) == 1:
        name, field = next(iter(lists.items()))
        return f"{{{{ response['{name}'] }}}}", field
    return None


def _next_place(schema: Schema, wanted: Sequence[str], *, addresses: bool = False) -> str | None:
    """The template that gives what leads to the next page."""
    for path, fields in _levels(schema):
        for name, field in fields.items():
            if _plain(name) in wanted and _is_text(field) and (not addresses or _is_address(name, field)):
                steps = "".join(f"['{step}']" for step in (*path, name))
                return f"{{{{ response{steps} }}}}"
    return None


def _levels(schema: Schema) -> Iterator[tuple[tuple[str, ...], dict[str, Schema]]]:
    """The fields of an answer, and those of its parts that speak of pages."""
    fields = _fields(schema)
    yield (), fields
    for name, field in fields.items():
        if _plain(name) in (*_HOLDERS, "links", "data"):
            yield (name,), _fields(field)
            for below, inner in _fields(field).items():
                if _plain(below) in (*_HOLDERS, "links"):
                    yield (name, below), _fields(inner)


def _is_address(name: str, field: Schema) -> bool:
    spoken = str(field.get("description", "")).lower()
    return (
        field.get("format") in ("uri", "url", "uri-reference")
        or "url" in spoken
        or "link" in f"{name.lower()} {spoken}"
    )


def _is_list(field: Schema) -> bool:
    kind = field.get("type")
    return kind == "array" or (isinstance(kind, list) and "array" in kind)


def _is_text(field: Schema) -> bool:
    kind = field.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    return any(one in ("string", "integer") for one in kinds) or kind is None


def _fields(schema: Schema) -> dict[str, Schema]:
    found: dict[str, Schema] = schema.get("properties", {})
    return found


def _schema_of(inputs: Inputs, spelled: str) -> Schema:
    for name, field in inputs.fields.items():
        if inputs.query[spelled] == f"{{{{ input['{name}'] }}}}":
            return field
    return {}


def _plain(name: str) -> str:
    return "_".join(names.words(name))


def _first(query: dict[str, str], wanted: Sequence[str]) -> str | None:
    return next((query[name] for name in wanted if name in query), None)


def _place(spelled: str) -> str:
    return f"query.{spelled}"
