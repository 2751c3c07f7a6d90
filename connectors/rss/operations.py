"""Feeds of every kind as entries of one form."""

from __future__ import annotations

import io
from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors._kit.context import Context
from connectors._kit.errors import Failure, FailureKind, OperationFailed, UnusableValue
from connectors._kit.values import shown

Input = Mapping[str, Any]
Entry = dict[str, Any]

MOST = 500
"""Entries of one feed that are looked at."""


async def entries(input: Input, context: Context) -> list[Entry]:
    """All entries in the order of the feed, or those whose title has one of the wanted words."""
    found = await _read(input["url"], context)
    wanted = [word.strip().casefold() for word in (input.get("title_contains") or "").split(",") if word.strip()]
    if not wanted:
        return found
    return [entry for entry in found if any(word in entry["title"].casefold() for word in wanted)]


async def read_feed(input: Input, context: Context) -> dict[str, Any]:
    found = (await _read(input["url"], context))[: input.get("limit", 20)]
    return {"items": found, "count": len(found), "feed": found[0]["feed"] if found else ""}


async def _read(url: str, context: Context) -> list[Entry]:
    if not url.lower().startswith(("https://", "http://")):
        raise UnusableValue(f"{shown(url)} is not a web address: it must begin with https:// or http://.")
    answer = await context.send("GET", url, reads=True, follow_redirects=True)
    return _entries(answer.body if isinstance(answer.body, str) else "")


def _entries(text: str) -> list[Entry]:
    import feedparser  # takes its time to load, and most workflows have no feed

    # Bytes, never the text itself: the library would fetch a text that looks like an address.
    declared = {"content-type": "application/xml; charset=utf-8"}
    parsed = feedparser.parse(io.BytesIO(text.encode()), response_headers=declared)
    if not parsed.get("version") and not parsed.entries:
        message = "There is no feed at this address."
        raise OperationFailed(
            Failure(FailureKind.CONFIG, message, remedy="Look for a link called RSS or Feed on the page.")
        )
    title = str(parsed.feed.get("title", ""))
    return [_entry(raw, title) for raw in parsed.entries[:MOST]]


def _entry(raw: Any, feed: str) -> Entry:
    link, title = str(raw.get("link", "")), str(raw.get("title", ""))
    contents = [part.get("value", "") for part in raw.get("content", ())]
    moment = raw.get("published_parsed") or raw.get("updated_parsed")
    media = [part.get("href") for part in raw.get("enclosures", ()) if part.get("href")]
    return {
        "id": str(raw.get("id") or link or title)[:200],
        "title": title,
        "link": link,
        "summary": str(raw.get("summary", "")),
        "content": str(contents[0]) if contents else "",
        "author": str(raw.get("author", "")),
        "published_at": datetime.fromtimestamp(timegm(moment), UTC).isoformat() if moment else None,
        "categories": [str(tag.get("term")) for tag in raw.get("tags", ()) if tag.get("term")],
        "media": str(media[0]) if media else None,
        "feed": feed,
    }
