"""From an OpenAPI description to a connector folder.

imported = import_openapi(content, key="petstore")
imported.files      # {"manifest.json": b"…", "operations/pets/list.json": b"…", "icon.svg": b"…"}
imported.notes      # what could not be carried over, and what was guessed
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import urlsplit

import orjson

from connectors._kit.openapi import names
from connectors._kit.openapi.document import Document, Raw, read
from connectors._kit.openapi.events import WEBHOOK_SECRET, WEBHOOK_SECRET_FIELD, EventReader
from connectors._kit.openapi.inputs import CannotBeSent
from connectors._kit.openapi.naming import Naming
from connectors._kit.openapi.operations import OperationReader
from connectors._kit.openapi.report import Note, Report
from connectors._kit.openapi.security import SecurityReader
from connectors._kit.openapi.servers import ServerReader
from connectors._kit.pointers import pointer

_METHODS = ("get", "post", "put", "patch", "delete")
_UNUSED = ("head", "options", "trace")
_COLORS = ("#2563eb", "#7c3aed", "#be185d", "#b45309", "#15803d", "#0e7490", "#4338ca", "#b91c1c")
_MESSAGES = (
    "{{ response.message }}",
    "{{ response.error.message }}",
    "{{ response.error_description }}",
    "{{ response.detail }}",
    "{{ response.error }}",
    "{{ response.title }}",
    "{{ response.errors }}",
)
_WHO = ("me", "whoami", "user", "account", "self", "profile", "ping", "status", "health")
_SAYS_NOTHING = frozenset(
    ("api", "rest", "openapi", "specification", "documentation", "official", "s", "the", "v1", "v2")
)
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Imported:
    """A connector that was made and not yet written. `operations` are keyed by (resource, operation)."""

    manifest: Mapping[str, Any]
    operations: Mapping[Place, Mapping[str, Any]]
    notes: tuple[Note, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Operations by kind."""
        return dict(Counter(raw["kind"] for raw in self.operations.values()))

    @property
    def files(self) -> dict[str, bytes]:
        """Everything to write, by path inside the folder."""
        found = {"manifest.json": _json(self.manifest), "icon.svg": _icon(self.manifest).encode()}
        for (resource, key), raw in self.operations.items():
            found[f"operations/{resource}/{key}.json"] = _json(raw)
        return found


def import_openapi(content: bytes | str, key: str, name: str = "", signature_header: str = "") -> Imported:
    """The connector that a description makes. `key` is small letters, digits and _. Raises NotADescription.

    No description says how webhooks are signed: `signature_header` names the header with an HMAC SHA-256 of the body.
    """
    report = Report()
    return _Import(read(content, report), report, key, name, signature_header).run()


def suggested_key(content: bytes | str) -> tuple[str, str]:
    """(key, name) by the description's title. Raises NotADescription."""
    title = _title(read(content, Report()))
    words = [word for word in re.findall(r"[a-z0-9]+", title.lower()) if word not in _SAYS_NOTHING]
    return names.key("_".join(words[:3]), "api"), title


class _Import:
    def __init__(self, document: Document, report: Report, key: str, name: str, signature_header: str) -> None:
        self._document = document
        self._report = report
        self._key = key
        self._name = name
        self._signature_header = signature_header
        self._naming = Naming(document)
        self._servers = ServerReader(document, report)
        self._security = SecurityReader(document, report, self._servers.servers.urls["default"])
        self._reader = OperationReader(document, report)
        self._operations: dict[Place, dict[str, Any]] = {}

    def run(self) -> Imported:
        for path, raw in self._document.section("paths").items():
            item = self._document.resolve(raw, pointer("paths", path))
            for method, operation in self._of(item, path):
                self._read(path, method, item, operation)
        events = EventReader(self._document, self._report, self._naming, self._signature_header)
        webhook, triggers = events.read()
        self._operations.update(triggers)
        return Imported(self._manifest(webhook), self._operations, self._report.notes)

    def _of(self, item: Raw, path: str) -> Iterator[tuple[str, Raw]]:
        for method in _UNUSED:
            if method in item:
                self._report.left_out(pointer("paths", path, method), f"{method.upper()} requests are not made.")
        for method in _METHODS:
            if isinstance(item.get(method), Mapping):
                yield method, item[method]

    def _read(self, path: str, method: str, item: Raw, operation: Raw) -> None:
        place = pointer("paths", path, method)
        group = self._naming.group(path, operation)
        name = self._naming.name(group, method, path, operation)
        try:
            raw = self._reader.read(group, name, method, path, item, operation, place)
        except CannotBeSent as error:
            self._report.left_out(place, str(error))
            return
        except RecursionError:
            self._report.left_out(place, "Its schemas are nested without end.")
            return
        base = self._servers.named(operation, place) or self._servers.named(item, pointer("paths", path))
        if base:
            raw["request"]["base"] = base
        scopes = self._security.scopes(operation)
        if scopes:
            raw["scopes"] = scopes
        self._operations[group.key, name.key] = raw

    def _manifest(self, webhook: dict[str, Any] | None) -> dict[str, Any]:
        servers, security = self._servers.servers, self._security
        title = self._name or _title(self._document)
        info = self._document.section("info")
        used = {resource for resource, _ in self._operations}
        fields = {**security.fields, **servers.fields}
        manifest: dict[str, Any] = {
            "key": self._key,
            "name": title,
            "description": names.plain(info.get("description"), 200)
            or f"Made from the OpenAPI description of {title}.",
            "color": _COLORS[int(sha256(self._key.encode()).hexdigest(), 16) % len(_COLORS)],
            "base_urls": servers.urls,
            "headers": {"Accept": "application/json", **security.headers},
            "connection": {"type": "object", "properties": fields, "required": [*security.required, *servers.required]},
            "auth": security.auth,
            "errors": {"messages": list(_MESSAGES)},
            "resources": {
                key: {"title": group.title, **({"description": group.description} if group.description else {})}
                for key, group in self._naming.groups.items()
                if key in used
            },
        }
        docs = self._document.section("externalDocs").get("url")
        if isinstance(docs, str) and re.fullmatch(r"https?://[^\s\"<>{}]+", docs):
            manifest["docs"] = docs
        test = self._test()
        if test:
            manifest["test"] = {"request": test}
        if webhook:
            manifest["webhook"] = webhook
            if self._signature_header:
                fields[WEBHOOK_SECRET] = WEBHOOK_SECRET_FIELD
        return manifest

    def _test(self) -> dict[str, Any] | None:
        """A request that needs nothing and changes nothing: best one that asks who is there."""
        ranked: list[tuple[int, int, dict[str, Any]]] = []
        for index, raw in enumerate(self._operations.values()):
            request = raw.get("request", {})
            if request.get("method") != "GET" or "{" in request["path"] or raw["input_schema"].get("required"):
                continue
            last = request["path"].rstrip("/").rpartition("/")[2].lower()
            rank = _WHO.index(last) if last in _WHO else len(_WHO)
            bare = {key: request[key] for key in ("method", "path", "base") if key in request}
            fixed = {name: value for name, value in request.get("headers", {}).items() if "{{" not in value}
            ranked.append((rank, index, {**bare, **({"headers": fixed} if fixed else {})}))
        if not ranked:
            return None
        self._report.guessed("/paths", f"Connections are tested by GET {min(ranked)[2]['path']}.")
        return min(ranked, key=lambda found: found[:2])[2]


def _title(document: Document) -> str:
    title = names.plain(document.section("info").get("title"), 60)
    if title:
        return title
    servers = document.root.get("servers")
    url = servers[0].get("url", "") if isinstance(servers, list) and servers and isinstance(servers[0], Mapping) else ""
    return urlsplit(str(url)).hostname or "API"


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n"


def _icon(manifest: Mapping[str, Any]) -> str:
    letter = next((char for char in str(manifest["name"]) if char.isalnum()), "?").upper()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" aria-hidden="true">'
        f'<rect width="24" height="24" rx="5" fill="{manifest["color"]}"/>'
        '<text x="12" y="17" font-size="14" font-family="sans-serif" font-weight="600" '
        f'text-anchor="middle" fill="#fff">{escape(letter)}</text></svg>\n'
    )
