"""JSON pointers (RFC 6901)."""

from __future__ import annotations


def pointer(*parts: str | int) -> str:
    """("a/b", 0) → "/a~1b/0"."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
