"""Runs the examples of connectors: what must be sent for an input, and what must come of an answer.

No network: the example's response stands in for the service. Every output is also checked against the operation's
output schema.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import orjson

from connectors._kit import loader, webhook
from connectors._kit.caller import Caller
from connectors._kit.context import Credentials
from connectors._kit.doors import Doors
from connectors._kit.errors import ExpressionError, InputInvalid, OperationFailed, Problem
from connectors._kit.loader import Folder
from connectors._kit.memory_store import MemoryStores
from connectors._kit.model import Connector, Operation, OperationKind
from connectors._kit.registry import Registry
from connectors._kit.schema import compile_schema
from connectors._kit.triggers import plan_of

Example = Mapping[str, Any]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
"""The time at which examples happen."""
KEY = "example-key"
"""The idempotency key of examples."""


def problems(folder: Folder) -> list[Problem]:
    """Every mismatch of every example in a folder that loads."""
    connector, found = loader.load_folder(folder.path)
    if connector is None:
        return found
    for (resource, key), examples in folder.examples.items():
        operation = connector.operations[f"{connector.key}.{resource}.{key}"]
        for index, example in enumerate(examples):
            for message in mismatches(connector, operation, example):
                text = f"Example “{example['name']}”: {message}"
                found.append(Problem(folder.example_file(resource, key), f"/{index}", text))
    return found


def mismatches(connector: Connector, operation: Operation, example: Example) -> list[str]:
    """How what happens differs from what the example expects; empty when it does not."""
    return asyncio.run(arun(connector, operation, example))


async def arun(connector: Connector, operation: Operation, example: Example) -> list[str]:
    """Like `mismatches`, inside a running event loop."""
    mode = operation.trigger.mode if operation.trigger else ""
    if mode == "schedule":
        return ["A schedule has no examples."]
    if mode == "catch" or (mode == "webhook" and "payload" in example):
        return list(_webhook(connector, operation, example))
    service = _Service(example)
    async with httpx.AsyncClient(transport=httpx.MockTransport(service)) as http:
        doors = Doors(stores=MemoryStores(lambda: NOW, example.get("stored", ())))
        caller = Caller(Registry([connector]), http, lambda: NOW, doors=doors)
        outcome = await _carry_out(caller, operation, example, credentials_for(connector, example))
    return [*_compare_requests(connector, example, service.requests), *_compare_outcome(operation, example, outcome)]


def credentials_for(connector: Connector, example: Example) -> Credentials | None:
    """The example's connection; required values that it leaves out are made up as "test-<name>"."""
    if not connector.auth:
        return None
    auth = connector.auth_kind(example["auth"]) if "auth" in example else connector.auth[0]
    if auth is None:
        raise ValueError(f"{connector.key} has no auth kind {example['auth']}")
    values: dict[str, Any] = {"access_token": "test-access-token"} if auth.kind == "oauth2" else {}
    for schema in (connector.connection_schema, auth.fields):
        for name in schema.get("required", ()):
            field = schema.get("properties", {}).get(name, {})
            values[name] = field["enum"][0] if field.get("enum") else f"test-{name.replace('_', '-')}"
    return Credentials("example", connector.key, auth.key, {**values, **example.get("connection", {})})


class _Service:
    """Stands in for the service: gives the example's answers in order and remembers the requests."""

    def __init__(self, example: Example) -> None:
        self._responses = list(example.get("responses") or [example.get("response", {})])
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if len(self.requests) > len(self._responses):
            raise httpx.ConnectError(f"the example has no response for request {len(self.requests)}")
        spec = self._responses[len(self.requests) - 1]
        if spec.get("error") == "connect":
            raise httpx.ConnectError("refused")
        if spec.get("error") == "timeout":
            raise httpx.ReadTimeout("no answer")
        headers = {name: str(value) for name, value in spec.get("headers", {}).items()}
        body = spec.get("body")
        if body is None:
            return httpx.Response(spec.get("status", 200), headers=headers)
        if isinstance(body, str):
            return httpx.Response(spec.get("status", 200), headers=headers, text=body)
        return httpx.Response(spec.get("status", 200), headers=headers, json=body)


async def _carry_out(caller: Caller, operation: Operation, example: Example, credentials: Credentials | None) -> Any:
    """What happened: {"output", "found"}, {"items"}, or the error itself."""
    values = example.get("input", {})
    try:
        if operation.kind is OperationKind.OPTIONS:
            return {"output": await caller.options(operation, values, credentials)}
        if operation.kind is OperationKind.TRIGGER:
            return {"items": await caller.poll(operation, values, credentials, last=_last(example))}
        result = await caller.execute(operation, values, credentials, idempotency_key=KEY, workflow_id="example")
    except (InputInvalid, OperationFailed) as error:
        return error
    return {"output": result.output, "found": result.found}


def _last(example: Example) -> datetime | None:
    """When the last look began: an hour ago, or never for an example of a first look."""
    return None if example.get("first_look") else NOW - timedelta(hours=1)


def _compare_outcome(operation: Operation, example: Example, outcome: Any) -> Iterator[str]:
    if isinstance(outcome, InputInvalid):
        yield f"The input does not fit: {'; '.join(map(str, outcome.problems))}"
    elif isinstance(outcome, OperationFailed):
        yield from _compare_failure(example, outcome)
    elif "expect_failure" in example:
        yield f"should fail with {_json(example['expect_failure'])} but gives {_json(outcome.get('output'))}."
    elif "items" in outcome:
        yield from _compare_items(operation, example, outcome["items"])
    else:
        if "expect_output" in example and outcome["output"] != example["expect_output"]:
            yield f"gives {_json(outcome['output'])}, expected {_json(example['expect_output'])}."
        if "expect_found" in example and outcome.get("found") is not example["expect_found"]:
            yield f"found is {outcome['found']}, expected {example['expect_found']}."
        if outcome.get("found") is not False:
            yield from _fits_schema(operation, outcome["output"])


def _compare_failure(example: Example, error: OperationFailed) -> Iterator[str]:
    failure, wanted = error.failure, example.get("expect_failure")
    if wanted is None:
        yield f"fails ({failure.kind}): {failure.message} {failure.detail}"
        return
    if failure.kind != wanted["kind"]:
        yield f"fails as {failure.kind}, expected {wanted['kind']}: {failure.message}"
    if wanted.get("message", "") not in failure.message:
        yield f"says “{failure.message}”, expected “{wanted['message']}” in it."
    if "retry_after" in wanted and failure.retry_after != wanted["retry_after"]:
        yield f"may be repeated after {failure.retry_after}, expected {wanted['retry_after']}."


def _compare_items(operation: Operation, example: Example, items: Sequence[Any]) -> Iterator[str]:
    """`expect_items` holds outputs, or {"key", "output"} (and "digest") where the keys matter."""
    wanted = example.get("expect_items")
    if wanted is not None:
        with_keys = bool(wanted) and all(isinstance(row, dict) and {"key", "output"} <= row.keys() for row in wanted)
        given = [
            {name: getattr(item, name) for name in row} if with_keys else item.output
            for item, row in zip(items, [*wanted, *[{}] * len(items)], strict=False)
        ]
        if given != wanted:
            yield f"gives {_json(given)}, expected {_json(wanted)}."
    for item in items:
        yield from _fits_schema(operation, item.output)


def _webhook(connector: Connector, operation: Operation, example: Example) -> Iterator[str]:
    payload = example.get("payload", {})
    trigger = operation.trigger
    if connector.webhook is not None and trigger is not None and trigger.mode == "webhook":
        event = webhook.event_of(connector, payload)
        if event != trigger.event:
            yield f"The payload's event is “{event}”, expected “{trigger.event}”."
    try:
        plan, values = plan_of(operation), example.get("input", {})
        output = plan.output(payload, values)
        left_out = plan.left_out(values, output)
    except ExpressionError as error:
        yield str(error)
        return
    if "expect_output" in example and output != example["expect_output"]:
        yield f"gives {_json(output)}, expected {_json(example['expect_output'])}."
    if "expect_wanted" in example and example["expect_wanted"] is bool(left_out):
        yield f"is not wanted because of {_json(left_out)}." if left_out else "is wanted, expected not."
    yield from _fits_schema(operation, output)


def _fits_schema(operation: Operation, output: Any) -> Iterator[str]:
    if operation.kind is not OperationKind.OPTIONS:
        for problem in compile_schema(operation.output_schema).problems(output):
            yield f"The output does not fit the output schema at {problem.pointer or '/'}: {problem.message}"


def _compare_requests(connector: Connector, example: Example, requests: Sequence[httpx.Request]) -> Iterator[str]:
    wanted = example.get("expect_requests")
    if wanted is None:
        wanted = [example["expect_request"]] if "expect_request" in example else []
    elif len(wanted) != len(requests):
        yield f"sends {len(requests)} requests, expected {len(wanted)}."
    for index, expected in enumerate(wanted):
        if index >= len(requests):
            yield "sends no request."
            return
        yield from _compare_request(connector, expected, requests[index])


def _compare_request(connector: Connector, wanted: Example, request: httpx.Request) -> Iterator[str]:
    if request.method != wanted.get("method", request.method):
        yield f"sends {request.method}, expected {wanted['method']}."
    if str(request.url) != wanted.get("url", str(request.url)):
        yield f"calls {request.url}, expected {wanted['url']}."
    if "path" in wanted and wanted["path"] not in _paths(connector, request):
        yield f"calls the path {request.url.path}, expected {wanted['path']}."
    if "query" in wanted:
        given = _grouped(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        expected = {name: value if isinstance(value, list) else str(value) for name, value in wanted["query"].items()}
        if given != expected:
            yield f"sends the query {_json(given)}, expected {_json(expected)}."
    for name, value in wanted.get("headers", {}).items():
        if request.headers.get(name) != str(value):
            yield f"sends the header {name}: {request.headers.get(name)}, expected {value}."
    if "body" in wanted and _body(request) != wanted["body"]:
        yield f"sends the body {_json(_body(request))}, expected {_json(wanted['body'])}."


def _paths(connector: Connector, request: httpx.Request) -> set[str]:
    """The path as sent, decoded, and each without the path of the base address."""
    raw = request.url.raw_path.decode().partition("?")[0]
    paths = {raw, unquote(raw)}
    for base in connector.base_urls.values():
        prefix = urlsplit(base).path.rstrip("/")
        paths |= {path.removeprefix(prefix) for path in paths if prefix and path.startswith(prefix)}
    return paths


def _body(request: httpx.Request) -> Any:
    if not request.content:
        return None
    if "form-urlencoded" in request.headers.get("content-type", ""):
        return _grouped(parse_qsl(request.content.decode(), keep_blank_values=True))
    try:
        return orjson.loads(request.content)
    except orjson.JSONDecodeError:
        return request.content.decode("utf-8", "replace")


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    grouped: dict[str, Any] = {}
    for name, value in pairs:
        if name in grouped:
            kept = grouped[name]
            grouped[name] = [*kept, value] if isinstance(kept, list) else [kept, value]
        else:
            grouped[name] = value
    return grouped


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()
