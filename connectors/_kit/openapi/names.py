"""Keys for files and titles for people, made from what a description calls its things."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SMALL = frozenset(("a", "an", "the", "of", "for", "to", "by", "in", "on", "from", "with", "and", "or", "as", "all"))
_KNOWN = {
    "id": "ID", "ids": "IDs", "url": "URL", "urls": "URLs", "uri": "URI", "api": "API", "apis": "APIs", "ip": "IP",
    "sms": "SMS", "html": "HTML", "json": "JSON", "xml": "XML", "csv": "CSV", "uuid": "UUID", "utc": "UTC",
    "http": "HTTP",
    "oauth": "OAuth", "sso": "SSO", "pdf": "PDF", "vat": "VAT", "ssl": "SSL", "dns": "DNS", "sha": "SHA",
}  # fmt: skip
_TAG = re.compile(r"<[^<>]{1,200}>")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"[*`#>|]+|~~|__")
_HANDLEBARS = re.compile(r"\{\{|\}\}|\{%|%\}")


def words(text: str) -> list[str]:
    """The words of a name in any style, in small letters: `getPetById` is get, pet, by, id."""
    return [word.lower() for word in _WORD.findall(text)]


def key(text: str, fallback: str = "item") -> str:
    """A key of small letters, digits and _, not longer than 60."""
    found = "_".join(words(text))[:60].strip("_")
    if not found:
        return fallback
    return found if found[0].isalpha() else f"{fallback}_{found}"[:60]


def title(text: str) -> str:
    """A name in plain words: `billing_address_id` is “Billing address ID”."""
    found = " ".join(_KNOWN.get(word, word) for word in words(text))
    return sentence(found) or "Value"


def sentence(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def plain(text: object, longest: int) -> str:
    """Markdown and HTML as plain text, its first paragraphs, cut at a word; never anything like an expression."""
    if not isinstance(text, str):
        return ""
    bare = _MARKS.sub("", _LINK.sub(r"\1", _TAG.sub(" ", text)))
    bare = " ".join(_HANDLEBARS.sub("", bare).split())
    if len(bare) <= longest:
        return bare
    cut = bare[: longest - 1]
    return (cut.rpartition(". ")[0] + "." if ". " in cut[longest // 3 :] else cut.rpartition(" ")[0] or cut) + (
        "" if ". " in cut[longest // 3 :] else "…"
    )


def is_readable(text: str) -> bool:
    """Whether a summary can stand as a title: some words, no address, no name of a program's making."""
    return 3 <= len(text) <= 80 and " " in text and not re.search(r"[/{}_<>]|[a-z][A-Z]", text)


def singular(word: str) -> str:
    """Good enough to recognise a group's name in a title."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def without(text: str, group: Iterable[str]) -> list[str]:
    """The words of a title that say more than its group and its small words do."""
    known = {singular(word) for word in group}
    return [word for word in words(text) if word not in _SMALL and singular(word) not in known]


def unused(wanted: str, taken: Container[str], *others: str) -> str:
    """`wanted`, else the first of `others` that is free, else `wanted` with a number."""
    for candidate in (wanted, *others):
        if candidate and candidate not in taken:
            return candidate
    number = 2
    while f"{wanted}_{number}" in taken:
        number += 1
    return f"{wanted}_{number}"
