"""Webhooks and callbacks as triggers.

Where the payloads themselves say which event they are, they arrive on the connection's hook. Where they do not, each
trigger has an address of its own, which a person enters at the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors._kit.openapi import names, samples
from connectors._kit.openapi.document import Document, Raw
from connectors._kit.openapi.naming import Group, Naming
from connectors._kit.openapi.report import Report
from connectors._kit.openapi.schemas import Schema, SchemaReader
from connectors._kit.pointers import pointer

_EVENT_FIELDS = ("event", "event_type", "eventType", "type", "event_name", "name", "topic", "action", "kind", "trigger")
_METHODS = ("post", "put", "patch")
_UNSIGNED = "How deliveries are signed is not described, so whoever knows {} can send: keep it secret."
WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 - the name of a field
WEBHOOK_SECRET_FIELD = {
    "type": "string",
    "title": "Secret for webhooks",
    "description": "What the service signs its webhooks with. Without it they are refused.",
    "x-secret": True,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of payload. `header` and `headers` tell which it is where the payload does not."""

    group: Group
    name: str
    title: str
    description: str
    schema: Schema
    example: Any
    headers: Mapping[str, str]
    place: str
    is_callback: bool


class EventReader:
    def __init__(self, document: Document, report: Report, naming: Naming, signature_header: str = "") -> None:
        self._signature_header = signature_header
        self._document = document
        self._report = report
        self._naming = naming
        self._schemas = SchemaReader(document, report)

    def read(self) -> tuple[dict[str, Any] | None, dict[tuple[str, str], dict[str, Any]]]:
        """(the manifest's webhook part or None, trigger files by (resource, operation))."""
        events = [*self._webhooks(), *self._callbacks()]
        if not events:
            return None, {}
        told = None if any(event.is_callback for event in events) else _told_by(events)
        files: dict[tuple[str, str], dict[str, Any]] = {}
        for event in events:
            key = names.unused(names.key(event.name, "event"), event.group.taken)
            event.group.taken.add(key)
            files[event.group.key, key] = self._file(event, told)
        if told is None:
            text = "The payloads do not say which event they are: each trigger has an address of its own."
            self._report.guessed(_root_of(events), text)
            self._report.guessed(_root_of(events), _UNSIGNED.format("such an address"))
            return None, files
        where, path = told
        self._report.guessed(_root_of(events), f"Which event it is stands in {'.'.join(path)}.")
        return {"verify": self._verify(_root_of(events)), "event": where}, files

    def _verify(self, place: str) -> dict[str, Any]:
        """How a delivery is proved; without a header that somebody named, by the address alone."""
        header = self._signature_header
        if not header:
            self._report.guessed(place, _UNSIGNED.format("the address of a connection's webhooks"))
            return {"kind": "none"}
        self._report.guessed(place, f"Deliveries are signed in the header {header}, by HMAC SHA-256 of the body.")
        key = f"{{{{ connection.{WEBHOOK_SECRET} }}}}"
        return {"kind": "hmac_sha256", "header": header, "prefix": "sha256=", "encoding": "any", "key": key}

    def _file(self, event: Event, told: tuple[str, Sequence[str]] | None) -> dict[str, Any]:
        sample, fits = samples.fitting(event.schema, event.example)
        trigger: dict[str, Any] = {"mode": "catch"}
        if told is not None:
            trigger = {"mode": "webhook", "event": _value_in(event, told[1])}
        title = names.title(event.title) if not names.is_readable(event.title) else event.title
        number, wanted = 2, title[:76]
        while title.lower() in event.group.titles:
            title, number = f"{wanted} ({number})", number + 1
        event.group.titles.add(title.lower())
        return {
            "kind": "trigger",
            "title": title[:80],
            "description": event.description,
            "input_schema": {"type": "object", "properties": {}},
            "output_schema": event.schema if fits else {},
            "sample": sample,
            "trigger": trigger,
        }

    def _webhooks(self) -> Iterator[Event]:
        for section in ("webhooks", "x-webhooks"):
            for name, raw in self._document.section(section).items():
                place = pointer(section, name)
                item = self._document.resolve(raw, place)
                yield from self._events(name, item, place, is_callback=False)

    def _callbacks(self) -> Iterator[Event]:
        for path, item in self._document.section("paths").items():
            for method, operation in item.items() if isinstance(item, Mapping) else ():
                callbacks = operation.get("callbacks") if isinstance(operation, Mapping) else None
                for name, raw in callbacks.items() if isinstance(callbacks, Mapping) else ():
                    place = pointer("paths", path, method, "callbacks", name)
                    for address, below in self._document.resolve(raw, place).items():
                        inner = self._document.resolve(below, place)
                        yield from self._events(name, inner, f"{place}{pointer(address)}", is_callback=True)

    def _events(self, name: str, item: Raw, place: str, *, is_callback: bool) -> Iterator[Event]:
        for method in _METHODS:
            operation = item.get(method)
            if not isinstance(operation, Mapping):
                continue
            body = self._document.resolve(operation.get("requestBody"), f"{place}/{method}/requestBody")
            content = body.get("content")
            media_type = next((kind for kind in content or () if "json" in str(kind)), None)
            media = self._document.resolve(content[media_type], place) if content and media_type else {}
            schema = self._schemas.read(media.get("schema", {}), f"{place}/{method}", "output")
            text = names.plain(operation.get("description") or operation.get("summary"), 400)
            summary = names.plain(operation.get("summary"), 80).rstrip(".")
            yield Event(
                self._naming.group("", operation, "callbacks" if is_callback else "events"),
                name,
                summary if names.is_readable(summary) else name,
                text or f"The service tells of “{name}”.",
                {**schema, "type": "object"} if schema.get("type") is None and "properties" in schema else schema,
                samples.given(self._document, media, place) if media else None,
                self._headers(operation, place),
                place,
                is_callback,
            )

    def _headers(self, operation: Raw, place: str) -> dict[str, str]:
        """Headers with one value each: candidates for saying which event it is."""
        found: dict[str, str] = {}
        for raw in operation.get("parameters") or ():
            parameter = self._document.resolve(raw, place)
            schema = self._document.resolve(parameter.get("schema"), place)
            choices = schema.get("enum") or [schema.get("const"), parameter.get("example"), schema.get("example")]
            values = [value for value in choices if isinstance(value, str)]
            if parameter.get("in") == "header" and len(values) == 1 and isinstance(parameter.get("name"), str):
                found[parameter["name"].lower().replace("-", "_")] = values[0]
        return found


def _told_by(events: Sequence[Event]) -> tuple[str, Sequence[str]] | None:
    """(template of the event's type, the path to it) where every event has its own value there."""
    candidates = [("payload", name) for name in _EVENT_FIELDS]
    candidates += [("headers", name) for name in events[0].headers if "event" in name or "topic" in name]
    for path in candidates:
        values = [_value_in(event, path) for event in events]
        if all(values) and len(set(values)) == len(values):
            return f"{{{{ {path[0]}.{path[1]} }}}}", path
    return None


def _value_in(event: Event, path: Sequence[str]) -> str:
    """The one value that this event has at a place; "" when it can have others."""
    if path[0] == "headers":
        return event.headers.get(path[1], "")
    field = event.schema.get("properties", {}).get(path[1], {})
    choices = [field["const"]] if "const" in field else field.get("enum", [])
    return str(choices[0]) if len(choices) == 1 and isinstance(choices[0], str) else ""


def _root_of(events: Sequence[Event]) -> str:
    return "/paths" if events[0].is_callback else "/" + events[0].place.split("/")[1]
