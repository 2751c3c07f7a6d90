"""Which group an operation belongs to, and what it is called there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from connectors._kit.openapi import names
from connectors._kit.openapi.document import Document, Raw

_VERSION = re.compile(r"^(?:v?\d+(?:\.\d+)*(?:beta|alpha)?\d*|api|rest|latest)$", re.IGNORECASE)
_VERBS = {"get": "Get", "post": "Create", "put": "Replace", "patch": "Change", "delete": "Delete"}
_LONGEST_KEY = 50


@dataclass(slots=True)
class Group:
    """A resource: operations that are about the same thing. `taken` are keys, `titles` those in small letters."""

    key: str
    title: str
    description: str = ""
    taken: set[str] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Name:
    key: str
    title: str


class Naming:
    def __init__(self, document: Document) -> None:
        self.groups: dict[str, Group] = {}
        self._tags = {
            str(tag["name"]): tag
            for tag in document.root.get("tags") or ()
            if isinstance(tag, dict) and isinstance(tag.get("name"), str)
        }

    def group(self, path: str, operation: Raw, default: str = "") -> Group:
        """By the first tag, else by the first part of the path that is a word."""
        tags = operation.get("tags")
        tag = str(tags[0]) if isinstance(tags, list) and tags else ""
        if not names.words(tag):
            tag = ""
        spoken = str(self._tags.get(tag, {}).get("x-displayName") or tag or default or _first_word(path))
        key = names.key(tag or spoken, "group")
        if key not in self.groups:
            text = names.plain(self._tags.get(tag, {}).get("description"), 200)
            title = names.plain(spoken, 60) if " " in spoken else names.title(spoken)
            self.groups[key] = Group(key, names.sentence(title) or "General", text)
        return self.groups[key]

    def name(self, group: Group, method: str, path: str, operation: Raw) -> Name:
        """A title in plain words and a short key, each once in its group."""
        title = self._title(group, method, path, operation)
        told_apart = names.title(" ".join(_static(path)[-2:])).lower()
        title = _once(title, group.titles, told_apart, method)
        group.titles.add(title.lower())
        said = names.without(title, names.words(group.key)) or names.words(title)
        if said == names.words(title)[:1] or len(said) >= 1:
            key = names.key("_".join(said))[:_LONGEST_KEY].strip("_")
        whole = names.key(title)[:_LONGEST_KEY].strip("_")
        key = names.unused(key, group.taken, whole)
        group.taken.add(key)
        return Name(key, title)

    def _title(self, group: Group, method: str, path: str, operation: Raw) -> str:
        summary = names.plain(operation.get("summary"), 200).rstrip(". ")
        if names.is_readable(summary):
            return names.sentence(summary)
        spoken = names.words(str(operation.get("operationId", "")).rpartition("/")[2].rpartition(".")[2])
        spoken = [word for word in spoken if word not in ("controller", "api", "endpoint")]
        if len(spoken) > 1 and len(" ".join(spoken)) <= 80 and spoken[-1] not in ("get", "post", "put", "delete"):
            return names.title(" ".join(spoken))
        return _by_path(group, method, path)


def _by_path(group: Group, method: str, path: str) -> str:
    """What REST customs say: GET /orders lists, POST /orders/{id}/cancel cancels."""
    parts = [part for part in path.split("/") if part and not _VERSION.match(part)]
    fixed = _static(path)
    last = fixed[-1] if fixed else group.title
    thing = " ".join(names.words(last)) or group.title.lower()
    to_one = bool(parts) and "{" in parts[-1]
    single = names.singular(thing)
    if method == "get" and not to_one:
        return names.sentence(f"list {thing}" if thing != single else f"get {thing}")
    if method == "post" and not to_one and thing == single and len(parts) > 1:
        return names.sentence(
            thing if " " in thing else f"{thing}: {' '.join(names.words(fixed[-2]))}" if len(fixed) > 1 else thing
        )
    article = "an" if single[:1] in "aeiou" else "a"
    return f"{_VERBS.get(method, method.capitalize())} {article} {single}"


def _once(title: str, taken: set[str], told_apart: str, method: str) -> str:
    """The title with what tells it apart, where another has the same; never longer than 80."""
    for suffix in ("", f" ({told_apart})" if told_apart else "", f" ({method.upper()})"):
        wanted = f"{title[: 80 - len(suffix)].rstrip()}{suffix}" if len(suffix) < 60 else ""
        if wanted and wanted.lower() not in taken:
            return wanted
    number = 2
    while f"{title[:74]} ({number})".lower() in taken:
        number += 1
    return f"{title[:74]} ({number})"


def _static(path: str) -> list[str]:
    """The parts of a path that are words of the API, without its version."""
    return [part for part in path.split("/") if part and "{" not in part and not _VERSION.match(part)]


def _first_word(path: str) -> str:
    found = _static(path)
    return found[0] if found else "general"
