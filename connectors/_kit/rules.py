"""What must hold in a connector folder beyond the JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors._kit import oauth_rules, references, trigger_rules
from connectors._kit.errors import KitError, Problem
from connectors._kit.expressions import compile_template
from connectors._kit.functions import load_function
from connectors._kit.loader import Folder
from connectors._kit.parse import EMPTY_SCHEMA
from connectors._kit.references import ANSWER, CONNECTION, REQUEST, WEBHOOK, Known, request_problems
from connectors._kit.schema import compile_schema

Raw = Mapping[str, Any]


def problems(folder: Folder, known: Mapping[str, Any]) -> Iterator[Problem]:
    """Every broken rule of one folder whose files fit the schemas. `known`: raw operations by id, of all connectors."""
    connection = references.connection_names(folder.manifest)
    yield from _manifest(folder, connection)
    for place, raw in folder.operations.items():
        yield from _Operation(folder, place, raw, connection, known).problems()
    yield from _same_titles(folder)
    for place in folder.examples:
        if place not in folder.operations:
            yield Problem(folder.example_file(*place), "", "There is no operation that these examples belong to.")


def _manifest(folder: Folder, connection: frozenset[str] | None) -> Iterator[Problem]:
    manifest, file = folder.manifest, folder.manifest_file
    known = Known(frozenset(), connection)
    if manifest["key"] != folder.path.name:
        yield Problem(file, "/key", f"Must be the folder's name, “{folder.path.name}”.")
    yield from _schema(manifest.get("connection", {}), file, "/connection")
    for index, auth in enumerate(manifest.get("auth", ())):
        place = f"/auth/{index}"
        yield from _schema(auth.get("fields", {}), file, f"{place}/fields")
        yield from references.problems([auth.get("value"), auth.get("header")], file, place, CONNECTION, known)
        yield from _auth_fields(auth, file, f"{place}/fields")
        yield from oauth_rules.problems(auth, manifest, file, place, known)
    keys = [auth["key"] for auth in manifest.get("auth", ())]
    if len(set(keys)) < len(keys):
        yield Problem(file, "/auth", "Two ways to log in have the same key.")
    yield from references.problems(manifest.get("headers"), file, "/headers", REQUEST, known)
    if "test" in manifest:
        if "request" in manifest["test"]:
            yield from request_problems(manifest["test"]["request"], manifest, file, "/test/request", known)
        if "run" in manifest["test"]:
            yield from _function(folder, manifest["test"]["run"], file, "/test/run")
        yield from references.problems(manifest["test"].get("label"), file, "/test/label", ANSWER, known)
    yield from references.problems(manifest.get("rate_limit_key"), file, "/rate_limit_key", CONNECTION, known)
    yield from _rate_headers(manifest, file)
    errors = manifest.get("errors", {})
    yield from references.problems(errors.get("messages"), file, "/errors/messages", ANSWER, Known(None, connection))
    yield from references.problems(errors.get("rules"), file, "/errors/rules", ANSWER, Known(None, connection))
    yield from references.problems(manifest.get("webhook"), file, "/webhook", WEBHOOK, known)


def _rate_headers(manifest: Raw, file: str) -> Iterator[Problem]:
    spans = {limit["seconds"] for limit in manifest.get("rate_limits", ())}
    for index, headers in enumerate(manifest.get("rate_headers", ())):
        if headers["seconds"] not in spans:
            message = f"There is no limit of {headers['seconds']} seconds in rate_limits."
            yield Problem(file, f"/rate_headers/{index}/seconds", message)


def _auth_fields(auth: Raw, file: str, place: str) -> Iterator[Problem]:
    needed = {"bearer": ("token",), "basic": ("username", "password")}.get(auth["kind"], ())
    for name in needed:
        if name not in auth["fields"].get("properties", {}):
            yield Problem(file, f"{place}/properties", f"Logging in this way needs the field “{name}”.")


class _Operation:
    """The rules of one operation file."""

    def __init__(
        self,
        folder: Folder,
        place: tuple[str, str],
        raw: Raw,
        connection: frozenset[str] | None,
        operations: Mapping[str, Any],
    ) -> None:
        self.folder, self.place, self.raw, self.operations = folder, place, raw, operations
        self.manifest = folder.manifest
        self.file = folder.operation_file(*place)
        self.input_schema = raw.get("input_schema", EMPTY_SCHEMA)
        self.known = Known(references.names_of(self.input_schema), connection)

    def problems(self) -> Iterator[Problem]:
        if self.place[0] not in self.manifest["resources"]:
            yield self.problem("", f"The folder “{self.place[0]}” is not one of the manifest's resources.")
        schema_problems = [
            *_schema(self.input_schema, self.file, "/input_schema"),
            *_schema(self.raw.get("output_schema", {}), self.file, "/output_schema"),
        ]
        yield from schema_problems
        if not schema_problems:
            yield from self._samples()
        yield from self._secrets()
        yield from self._options()
        yield from self._answer()
        if "request" in self.raw:
            yield from request_problems(self.raw["request"], self.manifest, self.file, "/request", self.known)
        if "run" in self.raw:
            yield from self.function(self.raw["run"], "/run")
        if "trigger" in self.raw:
            yield from trigger_rules.problems(self.raw["trigger"], self)

    def problem(self, pointer: str, message: str) -> Problem:
        return Problem(self.file, pointer, message)

    def _samples(self) -> Iterator[Problem]:
        raw = self.raw
        if "sample_input" in raw:
            yield from self._fits(raw["sample_input"], self.input_schema, "/sample_input")
        if "sample" in raw:
            yield from self._fits(raw["sample"], raw.get("output_schema", {}), "/sample")
        elif raw["kind"] != "options" and not raw.get("pure") and raw.get("trigger", {}).get("mode") != "catch":
            yield self.problem("/sample", "A sample output is required: tests of workflows and the editor show it.")
        if raw["kind"] == "action" and not raw.get("pure") and "idempotent" not in raw and not self._reads():
            yield self.problem("/idempotent", "Say whether doing it twice is the same as once (true or false).")

    def _reads(self) -> bool:
        return bool(self.raw.get("reads", self.raw.get("request", {}).get("method") in ("GET", "HEAD")))

    def _fits(self, value: Any, schema: Raw, pointer: str) -> Iterator[Problem]:
        for found in compile_schema(schema).problems(value):
            yield self.problem(pointer + found.pointer, found.message)

    def _secrets(self) -> Iterator[Problem]:
        for pointer, secret in _marked("x-secret", self.input_schema, "/input_schema"):
            if secret:
                text = "Inputs are stored as people type them. Make the secret a field of the connection."
                yield self.problem(pointer, text)

    def _options(self) -> Iterator[Problem]:
        """Dropdowns lead to an operation that fills them, with inputs that it knows."""
        for pointer, options in _marked("x-options", self.input_schema, "/input_schema"):
            source = self.operations.get(options["operation"])
            if not isinstance(source, Mapping) or source.get("kind") != "options":
                text = f"“{options['operation']}” is not an operation of kind options."
                yield self.problem(f"{pointer}/operation", text)
                continue
            given = options.get("input", {})
            wanted = source.get("input_schema", EMPTY_SCHEMA)
            for name in wanted.get("required", ()):
                if name not in given:
                    yield self.problem(f"{pointer}/input", f"The dropdown's operation needs the input “{name}”.")
            for name in given:
                if name not in wanted.get("properties", {}):
                    yield self.problem(f"{pointer}/input", f"The dropdown's operation has no input “{name}”.")
            yield from references.problems(given, self.file, f"{pointer}/input", REQUEST, self.known)

    def _answer(self) -> Iterator[Problem]:
        raw, kind = self.raw, self.raw["kind"]
        roots = ANSWER
        if "paging" in raw and kind in ("action", "search"):
            roots = ANSWER | {"items"}
            if "items" not in raw["paging"]:
                yield self.problem("/paging/items", "Say where the rows of a page are.")
            output = raw.get("output")
            if output is not None and not _uses(output, "items"):
                yield self.problem("/output", "With paging the output must use {{ items }}, the rows of all pages.")
        if kind == "options":
            roots = ANSWER | {"item"}
        yield from references.problems(raw.get("output"), self.file, "/output", roots, self.known)
        yield from references.problems(raw.get("found"), self.file, "/found", roots | {"output"}, self.known)
        yield from references.problems(raw.get("errors"), self.file, "/errors", ANSWER, self.known)
        yield from references.problems(raw.get("paging"), self.file, "/paging", ANSWER, self.known)

    def function(self, name: str, pointer: str) -> Iterator[Problem]:
        yield from _function(self.folder, name, self.file, pointer)


def _function(folder: Folder, name: str, file: str, pointer: str) -> Iterator[Problem]:
    """What is wrong with the name of a function."""
    try:
        load_function(folder.path, name)
    except (ImportError, AttributeError, SyntaxError, KitError) as error:
        yield Problem(file, pointer, f"operations.py has no such function: {error}")


def _schema(schema: Raw, file: str, pointer: str) -> Iterator[Problem]:
    """What is wrong with an object schema itself."""
    try:
        compile_schema(schema)
    except ValueError as error:
        yield Problem(file, pointer, f"Is not a valid JSON Schema: {str(error).splitlines()[0]}")
        return
    fields = schema.get("properties", {})
    for keyword in ("required", "x-order"):
        for index, name in enumerate(schema.get(keyword, ())):
            if fields and name not in fields:
                yield Problem(file, f"{pointer}/{keyword}/{index}", f"“{name}” is not one of the properties.")
    for name, field in fields.items():
        if isinstance(field, Mapping) and field.get("x-secret") and field.get("type") != "string":
            yield Problem(file, f"{pointer}/properties/{name}", "A secret must be a text.")


def _marked(keyword: str, schema: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Where the keyword stands in a schema, however deep, and its value there."""
    if not isinstance(schema, Mapping):
        return
    if keyword in schema:
        yield f"{pointer}/{keyword}", schema[keyword]
    for name, field in schema.get("properties", {}).items():
        yield from _marked(keyword, field, f"{pointer}/properties/{name}")
    yield from _marked(keyword, schema.get("items"), f"{pointer}/items")


def _uses(output: Any, root: str) -> bool:
    try:
        return any(path[0] == root for path in compile_template(output).paths())
    except KitError:
        return True  # named as a syntax error elsewhere


def _same_titles(folder: Folder) -> Iterator[Problem]:
    seen: dict[tuple[str, str, str], str] = {}
    for (resource, key), raw in folder.operations.items():
        mark = (resource, raw["kind"], raw["title"].lower())
        if mark in seen:
            file = folder.operation_file(resource, key)
            yield Problem(file, "/title", f"“{raw['title']}” is also the title of {resource}/{seen[mark]}.")
        seen[mark] = key
