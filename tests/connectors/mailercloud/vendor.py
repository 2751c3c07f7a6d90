"""What is known of Mailercloud's API (tests/referee) as a referee and as a stand-in that answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema

from connectors._kit.caller import Caller
from connectors._kit.context import Credentials
from connectors._kit.model import Connector, Operation, OperationKind
from connectors._kit.registry import Registry

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "connectors" / "mailercloud"
FACTS = ROOT / "tests" / "referee" / "mailercloud" / "operations.json"
NOW = datetime(2026, 1, 3, 10, 6, tzinfo=UTC)

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True)
class VendorOperation:
    """One documented operation. `certainty` says how well it is known."""

    id: str
    method: str
    base: str
    path: str
    certainty: str
    query: Mapping[str, Any]
    body: Mapping[str, Any] | None
    response: Any

    def takes(self, request: httpx.Request) -> bool:
        pattern = re.escape(self.base + self.path).replace(r"\{", "{").replace(r"\}", "}")
        pattern = re.sub(r"\{[^}]*\}", "[^/]+", pattern)
        address = f"{request.url.scheme}://{request.url.host}{request.url.raw_path.decode().partition('?')[0]}"
        return request.method == self.method and re.fullmatch(pattern, address) is not None

    def problems(self, request: httpx.Request) -> list[str]:
        """What the service would not understand of this request."""
        found = [f"unknown parameter {name}" for name in request.url.params if name not in self.query]
        found += [f"no parameter {name}" for name in self.query if name not in request.url.params]
        if self.body is None:
            return [*found, "has a body"] if request.content else found
        errors = jsonschema.Draft202012Validator(
            closed(self.body), format_checker=jsonschema.FormatChecker()
        ).iter_errors(json.loads(request.content))
        return [*found, *(f"{error.json_path}: {error.message}" for error in errors)]


def closed(schema: Any) -> Any:
    """The schema with every described object refusing names that it does not describe."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        inner.setdefault("additionalProperties", False)
    return inner


@cache
def vendor_operations() -> Sequence[VendorOperation]:
    return [
        VendorOperation(
            id=entry["id"],
            method=entry["method"],
            base=entry["base"],
            path=entry["path"],
            certainty=entry["status"],
            query=entry["query"],
            body=entry["body"],
            response=entry["response_example"],
        )
        for entry in json.loads(FACTS.read_text())
    ]


def documented(request: httpx.Request) -> VendorOperation | None:
    """The most literal of the vendor's operations that this request is one of."""
    taking = [operation for operation in vendor_operations() if operation.takes(request)]
    return min(taking, key=lambda operation: operation.path.count("{"), default=None)


def answer_as_documented(request: httpx.Request) -> httpx.Response:
    operation = documented(request)
    if operation is None or operation.response is None:
        return httpx.Response(200, json={})
    return httpx.Response(200, json=operation.response)


@cache
def registry() -> Registry:
    return Registry.load([FOLDER])


@cache
def connector() -> Connector:
    return registry().connector("mailercloud")


def operation(name: str) -> Operation:
    """`contacts.upsert` → the operation."""
    return registry().operation(f"mailercloud.{name}")


def account(**values: Any) -> Credentials:
    return Credentials("account", "mailercloud", "api_key", {"api_key": "test-key", **values})


@dataclass
class Outcome:
    """What came of carrying out an operation, and the requests it took."""

    output: Any
    requests: list[httpx.Request]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests if request.content]


async def carry_out(
    wanted: Operation, input: Mapping[str, Any], answer: Answer = answer_as_documented, **values: Any
) -> Outcome:
    """Runs any kind of operation against `answer`; `values` go into the connection."""
    requests: list[httpx.Request] = []

    def service(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer(request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(service)) as http:
        caller = Caller(registry(), http, lambda: NOW)
        if wanted.kind is OperationKind.OPTIONS:
            return Outcome(await caller.options(wanted, input, account(**values)), requests)
        if wanted.kind is OperationKind.TRIGGER:
            return Outcome(await caller.poll(wanted, input, account(**values)), requests)
        result = await caller.execute(wanted, input, account(**values), idempotency_key="run/step")
        return Outcome(result.output, requests)
