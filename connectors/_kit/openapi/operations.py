"""One operation of a description as one operation file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors._kit.openapi import names, paging, samples
from connectors._kit.openapi.answers import Answer, AnswerReader, Output, output_of
from connectors._kit.openapi.document import Document, Raw
from connectors._kit.openapi.inputs import Inputs
from connectors._kit.openapi.naming import Group, Name
from connectors._kit.openapi.report import Report
from connectors._kit.openapi.requests import RequestReader
from connectors._kit.openapi.schemas import SchemaReader
from connectors._kit.schema import compile_schema

_ASKS = ("search", "query", "lookup", "find", "filter")
"""Last parts of a path by which a POST only reads."""
_TOO_MANY = {
    "type": "integer",
    "title": "At most",
    "description": "How many entries to read.",
    "minimum": 1,
    "maximum": 10000,
    "default": 100,
}


class OperationReader:
    def __init__(self, document: Document, report: Report) -> None:
        self._report = report
        schemas = SchemaReader(document, report)
        self._inputs = RequestReader(document, report, schemas)
        self._answers = AnswerReader(document, report, schemas)

    def read(
        self, group: Group, name: Name, method: str, path: str, path_item: Raw, operation: Raw, place: str
    ) -> dict[str, Any]:
        """The file's content, without base and scopes. Raises CannotBeSent."""
        inputs = self._inputs.read(path, path_item, operation, place)
        answer = self._answers.read(operation, place)
        reads = method == "get" or (method == "post" and path.rstrip("/").rpartition("/")[2].lower() in _ASKS)
        guessed = paging.guess(inputs, answer, names.words(group.key)) if method == "get" else None
        found: dict[str, Any] = {
            "kind": "search" if reads else "action",
            "title": name.title,
            "description": _description(operation, method, path),
        }
        if not reads:
            found["idempotent"] = method in ("put", "delete")
        if guessed is not None:
            self._report.guessed(place, f"Its pages are read by {guessed.words}.")
            found["certainty"] = f"guessed: pages by {guessed.words}"
            output = _pages(inputs, guessed)
        else:
            output = output_of(answer)
        found["input_schema"] = inputs.schema()
        found["output_schema"] = output.schema
        found["request"] = inputs.request(method.upper())
        if output.template is not None:
            found["output"] = output.template
        if reads:
            found.update(_finding(answer, output, path))
        if guessed is not None:
            found["paging"] = {**guessed.paging, "max_items": "{{ input.max_items | default(100) }}"}
        sample_input = _sample_input(found["input_schema"], inputs.examples)
        if sample_input is None:
            self._report.changed(place, "No example input could be made up for it.")
        else:
            found["sample_input"] = sample_input
        found["sample"] = output.sample
        return found


def _pages(inputs: Inputs, guessed: paging.Guess) -> Output:
    """The rows of all pages; the inputs that led from page to page are gone."""
    for name in guessed.fills:
        inputs.remove(name)
    inputs.add("max_items", _TOO_MANY, required=False)
    rows, fits = samples.fitting(guessed.rows)
    own = guessed.rows if fits else {"type": "array"}
    schema = {"type": "object", "properties": {"items": {"title": "Entries", **own}}}
    return Output({"items": "{{ items }}"}, schema, {"items": rows if fits else []})


def _finding(answer: Answer, output: Output, path: str) -> dict[str, Any]:
    """How a search knows that there is nothing."""
    found: dict[str, Any] = {}
    if isinstance(output.template, Mapping) and "items" in output.template:
        found["found"] = "{{ output.items }}"
    if "{" in path:
        found["errors"] = [{"status": 404, "kind": "not_found"}]
    return found


def _description(operation: Raw, method: str, path: str) -> str:
    text = names.plain(operation.get("description"), 400) or names.plain(operation.get("summary"), 400)
    text = text or names.plain(f"{method.upper()} {path}", 400)
    return f"{text} The service advises against it: it will go away." if operation.get("deprecated") is True else text


def _sample_input(schema: dict[str, Any], examples: Mapping[str, Any]) -> dict[str, Any] | None:
    """The description's examples where they fit, completed by made-up values; None where nothing fits."""
    made = samples.made_up(schema, sparing=True)
    fields = schema["properties"]
    given = {name: value for name, value in examples.items() if name in fields and _accepts(fields[name], value)}
    compiled = compile_schema(schema)
    required = {name: value for name, value in {**made, **given}.items() if name in schema.get("required", ())}
    for candidate in ({**made, **given}, {**required, **given}, made, required):
        if compiled.is_valid(candidate):
            return dict(candidate)
    return None


def _accepts(schema: Mapping[str, Any], value: Any) -> bool:
    return compile_schema(schema).is_valid(value)
