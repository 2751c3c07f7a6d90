"""How values of JSON data read to people."""

from __future__ import annotations

from typing import Any

import orjson


def as_text(value: Any) -> str:
    """A value as it appears inside a text: nothing for null, true/false, JSON for lists and groups."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return orjson.dumps(value, default=str).decode()


def kind_of(value: Any) -> str:
    """“A text”, “A number” … for messages."""
    if value is None:
        return "Nothing"
    if isinstance(value, bool):
        return "True or false"
    if isinstance(value, (int, float)):
        return "A number"
    if isinstance(value, str):
        return "A text"
    return "A list" if isinstance(value, (list, tuple)) else "A group of fields"


def shown(value: Any, limit: int = 40) -> str:
    """The value in quotes for a message, cut short."""
    text = as_text(value)
    return f"“{text if len(text) <= limit else text[:limit] + '…'}”"
