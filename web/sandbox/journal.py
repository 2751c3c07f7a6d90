"""The last requests the vendors' APIs received, without credentials."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

SECRET_HEADERS = {"authorization", "cookie", "x-api-key", "proxy-authorization"}
SHOWN_BODY = 4_000
REDACTED = "[hidden]"


class Journal:
    """Newest last; at most `size` entries. An entry is a dict that its request completes later."""

    def __init__(self, size: int) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=size)

    def open(
        self, *, at: str, vendor: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, Any]:
        """Notes a request; `status` and `answer` stay None until `close`."""
        entry: dict[str, Any] = {
            "at": at,
            "vendor": vendor,
            "method": method,
            "path": path,
            "query": query,
            "headers": {k: REDACTED if k.lower() in SECRET_HEADERS else v for k, v in headers.items()},
            "body": _text(body),
            "fault": None,
            "status": None,
            "answer": None,
            "duration_ms": None,
        }
        self._entries.append(entry)
        return entry

    def close(self, entry: dict[str, Any], *, status: int, answer: bytes, duration_ms: float) -> None:
        entry.update(status=status, answer=_text(answer), duration_ms=round(duration_ms, 1))

    def entries(self) -> list[dict[str, Any]]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()


def _text(raw: bytes) -> str:
    return raw[:SHOWN_BODY].decode("utf-8", "replace")
