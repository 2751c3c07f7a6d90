"""Gets page after page of a list, and knows when to stop.

Stops at an empty page, a short page (where the size is known), no next cursor, a cursor that came before, a page
equal to the one before, or the page limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson

from connectors._kit.errors import UnusableValue
from connectors._kit.expressions import Template, compile_template
from connectors._kit.model import PagingSpec
from connectors._kit.outgoing import Outgoing
from connectors._kit.values import kind_of

_NEXT_LINK = re.compile(r'<([^>]*)>[^,]*;\s*rel="?next"?', re.IGNORECASE)


class PagingPlan:
    """A compiled paging description. `items`, where given, says which rows count for the caller; where the description
    names the rows itself, these decide whether there is another page, so that a filter in `items` ends nothing early.
    """

    def __init__(self, spec: PagingSpec, items: str = "") -> None:
        self.spec = spec
        self.items = compile_template(items or spec.items)
        self.whole = compile_template(spec.items) if spec.items and items not in ("", spec.items) else None
        self.next = {place: compile_template(text) for place, text in spec.next.items()}
        self.next_url = compile_template(spec.next_url) if spec.next_url else None

    def begin(self, outgoing: Outgoing) -> Pages:
        """Points the request at the first page."""
        return Pages(self, outgoing)


class Pages:
    """The way through one list. `outgoing` is always the request for the current page."""

    def __init__(self, plan: PagingPlan, outgoing: Outgoing) -> None:
        self.outgoing = outgoing
        self.count = 1
        self.cut_off = False
        """True when the page limit ended the list, not its end."""
        self._plan = plan
        self._spec = spec = plan.spec
        self._seen: set[bytes] = set()
        self._offset = 0
        if spec.kind == "page":
            outgoing.set_place(spec.page, spec.first)
        elif spec.kind == "offset":
            outgoing.set_place(spec.offset, 0)
        if spec.size and spec.page_size:
            outgoing.set_place(spec.size, spec.page_size)

    def items(self, scope: Mapping[str, Any]) -> list[Any]:
        """The rows of the current page. Raises UnusableValue when there is something else."""
        return as_list(self._plan.items.render(scope, omit_missing=True))

    def advance(self, scope: Mapping[str, Any], rows: list[Any]) -> bool:
        """Points `outgoing` at the page after this answer; False when there is none."""
        if self._plan.whole is not None:
            rows = as_list(self._plan.whole.render(scope, omit_missing=True))
        if not rows or not self._next(scope, rows):
            return False
        if self.count >= self._spec.max_pages:
            self.cut_off = True
            return False
        self.count += 1
        return True

    def _next(self, scope: Mapping[str, Any], rows: list[Any]) -> bool:
        if self._spec.page_size and len(rows) < self._spec.page_size:
            return False
        match self._spec.kind:
            case "cursor":
                return self._next_cursor(scope)
            case "link":
                return self._next_link(scope)
        if self._repeated(rows):
            return False
        if self._spec.kind == "page":
            self.outgoing.set_place(self._spec.page, self._spec.first + self.count)
        else:
            self._offset += len(rows)
            self.outgoing.set_place(self._spec.offset, self._offset)
        return True

    def _next_cursor(self, scope: Mapping[str, Any]) -> bool:
        cursor = {place: _rendered(template, scope) for place, template in self._plan.next.items()}
        if all(value in (None, "", False) for value in cursor.values()) or self._repeated(cursor):
            return False
        for place, value in cursor.items():
            self.outgoing.set_place(place, None if value == "" else value)
        return True

    def _next_link(self, scope: Mapping[str, Any]) -> bool:
        if self._plan.next_url is not None:
            link = _rendered(self._plan.next_url, scope)
        else:
            match = _NEXT_LINK.search(str(scope["headers"].get("link", "")))
            link = match[1] if match else None
        if not isinstance(link, str) or not link or self._repeated(link):
            return False
        url = urljoin(self.outgoing.url, link)
        here, there = urlsplit(self.outgoing.url), urlsplit(url)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise UnusableValue(f"The next page lies on another server ({there.netloc}), so it is not fetched.")
        self.outgoing.url, self.outgoing.query = url, []
        return True

    def _repeated(self, value: Any) -> bool:
        mark = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        if mark in self._seen:
            return True
        if self._spec.kind in ("page", "offset"):
            self._seen.clear()  # whole pages are kept only to compare neighbours
        self._seen.add(mark)
        return False


def as_list(value: Any) -> list[Any]:
    """A list as it is, an object keyed "0", "1", … as the list it stands for, nothing as an empty list."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and all(isinstance(key, str) and key.isdigit() for key in value):
        return [value[key] for key in sorted(value, key=int)]
    raise UnusableValue(f"{kind_of(value)} came where a list was expected.")


def _rendered(template: Template, scope: Mapping[str, Any]) -> Any:
    return template.render(scope, omit_missing=True)
