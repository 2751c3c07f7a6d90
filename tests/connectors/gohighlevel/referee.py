"""The vendor's API description as a referee: is this request one the vendor documents, and what would be answered?

Errors of the description itself are corrected by *amendments*, each with a reason, before anything is checked.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.connectors.gohighlevel.vendor_schemas import Schemas, undeclared_names

METHODS = frozenset({"get", "post", "put", "patch", "delete"})


class Request:
    """An httpx request as openapi-core wants to see it."""

    def __init__(self, sent: httpx.Request) -> None:
        self.sent = sent
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(sent.url.params.multi_items()),
            header=Headers(list(sent.headers.items())),
        )

    @property
    def host_url(self) -> str:
        return f"{self.sent.url.scheme}://{self.sent.url.host}"

    @property
    def path(self) -> str:
        return unquote(self.sent.url.path)

    @property
    def method(self) -> str:
        return self.sent.method.lower()

    @property
    def content_type(self) -> str:
        return str(self.sent.headers.get("content-type", ""))

    @property
    def body(self) -> bytes | None:
        return self.sent.content or None


@dataclass(frozen=True, eq=False)
class VendorOperation:
    """One documented method on one documented path."""

    file: str
    method: str
    path: str
    raw: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    def matches(self, method: str, path: str) -> bool:
        mine, theirs = self.path.split("/"), path.split("/")
        return (
            self.method == method.lower()
            and len(mine) == len(theirs)
            and all(a == b or (a.startswith("{") and b) for a, b in zip(mine, theirs, strict=True))
        )


class Referee:
    """All files of the vendor together. `amendments` are {"file", "pointer", "value", "reason"}."""

    def __init__(self, folder: Path, amendments: Sequence[Mapping[str, Any]] = ()) -> None:
        self.specs = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))}
        for amendment in amendments:
            amend(self.specs[amendment["file"]], amendment["pointer"], amendment["value"])
        for spec in self.specs.values():
            drop_unpublished_references(spec)
        self.schemas = {name: Schemas(spec) for name, spec in self.specs.items()}
        self.operations = tuple(self._read())
        self._validators: dict[str, OpenAPI] = {}

    def _read(self) -> Iterator[VendorOperation]:
        for file, spec in self.specs.items():
            for path, methods in spec["paths"].items():
                for method in METHODS & methods.keys():
                    yield VendorOperation(file, method, path, methods[method])

    def find(self, request: httpx.Request) -> VendorOperation | None:
        """The documented operation that this request calls; of several the one with the fewest placeholders."""
        path = unquote(request.url.path)
        found = [operation for operation in self.operations if operation.matches(request.method, path)]
        return min(found, key=lambda operation: operation.path.count("{"), default=None)

    def objections(self, request: httpx.Request) -> list[str]:
        """Everything about the request that the vendor's description does not allow; empty = it is fine."""
        operation = self.find(request)
        if operation is None:
            return [f"{request.method} {request.url.path} is not documented"]
        return [*self._invalid(operation, request), *self._undeclared(operation, request)]

    def _invalid(self, operation: VendorOperation, request: httpx.Request) -> list[str]:
        if operation.file not in self._validators:
            # The vendor's files carry small faults that do not concern a request, so they are not validated.
            config = Config(spec_validator_cls=None)  # type: ignore[arg-type]  # openapi-core takes None too
            self._validators[operation.file] = OpenAPI.from_dict(self.specs[operation.file], config=config)
        try:
            self._validators[operation.file].validate_request(Request(request))
        except OpenAPIError as error:
            return [explain(error)]
        return []

    def _undeclared(self, operation: VendorOperation, request: httpx.Request) -> list[str]:
        declared = {p["name"] for p in operation.raw.get("parameters", ()) if p["in"] == "query"}
        problems = [
            f"query “{name}” is not documented"
            for name in request.url.params
            if name.removesuffix("[]") not in declared
        ]
        if not request.content:
            return problems
        content = operation.raw.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            if content and request.headers["content-type"].split(";")[0] in content:
                return problems
            return [*problems, "a body of this kind is not documented"]
        schema = self.schemas[operation.file].resolved(content["application/json"].get("schema", {}))
        return problems + [
            f"body field {name} is not documented" for name in undeclared_names(schema, json.loads(request.content))
        ]

    def answers(self, operation: VendorOperation) -> list[tuple[int, Any]]:
        """Documented good answers, (status, JSON body): the vendor's examples and one built from the schema."""
        found: list[tuple[int, Any]] = []
        for status, answer in operation.raw["responses"].items():
            media = answer.get("content", {}).get("application/json")
            if status.startswith("2") and media:
                bodies = [media["example"]] if "example" in media else []
                bodies += [example["value"] for example in media.get("examples", {}).values() if "value" in example]
                if "schema" in media:
                    bodies.append(self.schemas[operation.file].example(media["schema"]))
                found += [(int(status), body) for body in bodies]
        return found


def explain(error: BaseException) -> str:
    """The innermost messages of a validation error in one line, each with its place."""
    details = [f"{item.json_path}: {item.message[:200]}" for item in getattr(error.__cause__, "schema_errors", ())]
    where = f"{error}: " if hasattr(error, "name") else ""
    return where + "; ".join(details) if details else str(error.__cause__ or error)


def amend(document: Any, pointer: str, value: Any) -> None:
    """Sets the value at a JSON pointer; `null` removes it. Raises KeyError when the place does not exist."""
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("/").split("/")]
    for part in parents:
        document = document[int(part)] if isinstance(document, list) else document[part]
    if value is None:
        del document[last]
    else:
        document[last] = copy.deepcopy(value)


def drop_unpublished_references(node: Any) -> None:
    """The vendor's shared error schemas are not published: a reference to them means any value."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and str(node.get("$ref", "")).startswith("../"):
        node.clear()
    for child in list(children):
        drop_unpublished_references(child)
