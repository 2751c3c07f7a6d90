"""What an operation gives back: the answer that means success, its shape and an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors._kit.openapi import samples
from connectors._kit.openapi.document import Document, Raw
from connectors._kit.openapi.report import Report
from connectors._kit.openapi.schemas import Schema, SchemaReader

Kind = Literal["object", "list", "value", "text", "file", "nothing", "unknown"]


@dataclass(frozen=True, slots=True)
class Answer:
    """`schema` and `example` are of the whole body."""

    kind: Kind
    schema: Schema = field(default_factory=dict)
    example: Any = None
    headers: frozenset[str] = frozenset()
    """In small letters."""


@dataclass(frozen=True, slots=True)
class Output:
    """The output part of an operation file; `template` None stands for the whole body."""

    template: Any
    schema: Schema
    sample: Any


class AnswerReader:
    def __init__(self, document: Document, report: Report, schemas: SchemaReader) -> None:
        self._document = document
        self._report = report
        self._schemas = schemas

    def read(self, operation: Raw, place: str) -> Answer:
        responses = operation.get("responses")
        status, raw = _success(responses if isinstance(responses, Mapping) else {})
        spot = f"{place}/responses/{status}"
        response = self._document.resolve(raw, spot)
        found = response.get("headers")
        headers = frozenset(str(name).lower() for name in found) if isinstance(found, Mapping) else frozenset()
        content = response.get("content")
        if not isinstance(content, Mapping) or not content:
            return Answer("nothing", headers=headers)
        media_type = next((str(kind) for kind in content if "json" in str(kind) or str(kind) == "*/*"), None)
        if media_type is None:
            return self._not_json(content, spot, headers)
        media = self._document.resolve(content[media_type], spot)
        here = f"{spot}/content/{media_type.replace('/', '~1')}"
        schema = self._schemas.read(media.get("schema", {}), f"{here}/schema", "output")
        return Answer(_kind(schema), schema, samples.given(self._document, media, here), headers)

    def _not_json(self, content: Mapping[str, Any], place: str, headers: frozenset[str]) -> Answer:
        if any(str(kind).startswith("text/") or "xml" in str(kind) for kind in content):
            return Answer("text", {"type": "string"}, headers=headers)
        self._report.changed(place, f"The file in the answer ({', '.join(map(str, content))}) is not kept.")
        return Answer("file", headers=headers)


def output_of(answer: Answer) -> Output:
    """The answer as a step's output, which is always an object where its shape is known."""
    match answer.kind:
        case "nothing" | "file":
            schema = {"type": "object", "properties": {"status": {"type": "integer", "title": "Status"}}}
            return Output({"status": "{{ status }}"}, schema, {"status": 200})
        case "list":
            return _wrapped("items", answer)
        case "value" | "text":
            return _wrapped("value" if answer.kind == "value" else "text", answer)
    sample, fits = samples.fitting(answer.schema, answer.example)
    return Output(None, answer.schema, sample) if fits else Output(None, {}, sample)


def _wrapped(name: str, answer: Answer) -> Output:
    inner, fits = samples.fitting(answer.schema, answer.example)
    own = answer.schema if fits else {}
    schema = {"type": "object", "properties": {name: {"title": name.capitalize(), **own}}}
    return Output({name: "{{ response }}"}, schema, {name: inner})


def _success(responses: Mapping[str, Any]) -> tuple[str, Any]:
    by_status = {str(status).upper(): raw for status, raw in responses.items()}
    for status in ("200", "201", "202", "203", "206", "2XX"):
        if status in by_status:
            return status, by_status[status]
    other = sorted(status for status in by_status if status.startswith("2"))
    for status in (*other, "DEFAULT"):
        if status in by_status:
            return status.lower() if status == "DEFAULT" else status, by_status[status]
    return "200", {}


def _kind(schema: Schema) -> Kind:
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "object" in kinds:
        return "object"
    if "array" in kinds:
        return "list"
    return "unknown" if kind is None else "value"
