"""Runs operations of the GoHighLevel connector through the real executor and lets the referee judge what was sent.

`python -m tests.connectors.gohighlevel.contract` prints how many operations were tried, accepted and excused.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from connectors._kit.caller import Caller
from connectors._kit.context import Credentials
from connectors._kit.errors import KitError
from connectors._kit.model import Operation, OperationKind
from connectors._kit.registry import Registry
from tests.connectors.gohighlevel.referee import Referee, VendorOperation
from tests.connectors.gohighlevel.vendor_schemas import example_of

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CONNECTOR = ROOT / "connectors" / "gohighlevel"
VENDOR = ROOT / "tests" / "referee" / "gohighlevel"
EXCEPTIONS: Mapping[str, Any] = json.loads((HERE / "exceptions.json").read_text("utf-8"))
CREDENTIALS = Credentials(
    "connection",
    "gohighlevel",
    "private_token",
    {
        "location_id": "ve9EPM428h8vShlRW1KT",
        "company_id": "5DP4iH6HLkQsiKESj6rh",
        "token": "pit-token",
        "client_id": "app-1",  # only with an app of one's own; the vendor's own sign-in asks for them
        "client_secret": "app-secret",
    },
)


class Service(httpx.AsyncBaseTransport):
    """Keeps every request and always answers the same."""

    def __init__(self, status: int = 200, body: Any = None) -> None:
        self.requests: list[httpx.Request] = []
        self._status, self._body = status, {} if body is None else body

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        return httpx.Response(self._status, json=self._body)


class Contract:
    """What the vendor's description says about the operations of a registry."""

    def __init__(self, registry: Registry, referee: Referee) -> None:
        self.registry = registry
        self.referee = referee

    async def sent(self, operation: Operation, input: Mapping[str, Any]) -> httpx.Request | None:
        """The first request the operation sends; None when it sent none."""
        service = Service()
        try:
            await self._run(operation, input, service)
        except KitError:
            if not service.requests:  # otherwise only the empty answer was not understood
                raise
        return service.requests[0] if service.requests else None

    async def request_objections(self, operation: Operation, input: Mapping[str, Any]) -> list[str]:
        """Everything the vendor's description does not allow about the request; empty = it is fine."""
        try:
            request = await self.sent(operation, input)
        except KitError as error:
            return [f"nothing was sent: {error}"]
        return ["nothing was sent"] if request is None else self.referee.objections(request)

    async def output_objections(self, operation: Operation) -> list[str]:
        """Everything in the vendor's documented answers that the operation's output schema does not accept."""
        vendor = await self.vendor_operation(operation)
        validator = Draft202012Validator(operation.output_schema)
        problems: list[str] = []
        for status, body in self.referee.answers(vendor) if vendor else ():
            try:
                outputs = await self._run(operation, operation.sample_input, Service(status, body))
            except KitError as error:
                problems.append(f"the documented answer is not understood: {error}")
                continue
            for output in outputs:
                problems += [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(output)]
        return problems

    async def vendor_operation(self, operation: Operation) -> VendorOperation | None:
        """The documented operation that this one calls."""
        request = await self.sent(operation, operation.sample_input)
        return self.referee.find(request) if request else None

    async def _run(self, operation: Operation, input: Mapping[str, Any], service: Service) -> list[Any]:
        """The outputs: one, or one for each row of a poll."""
        async with httpx.AsyncClient(transport=service) as http:
            caller = Caller(self.registry, http, lambda: datetime(2026, 10, 2, 9, 30, tzinfo=UTC))
            if operation.trigger:
                return [item.output for item in await caller.poll(operation, input, CREDENTIALS)]
            if operation.kind is OperationKind.OPTIONS:
                return [await caller.options(operation, input, CREDENTIALS)]
            result = await caller.execute(operation, input, CREDENTIALS, idempotency_key="run/step")
            return [result.output]


def inputs(operation: Operation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The inputs an operation is tried with: its sample, and one with every field that its schema knows."""
    yield "sample", operation.sample_input
    if operation.resource == "api":
        return  # its fields together make no request that any operation documents
    yield "every field", {**example_of(operation.input_schema), **operation.sample_input}


def calls_the_vendor(operation: Operation) -> bool:
    """False for triggers that are only called by the vendor."""
    if operation.trigger is not None:
        return operation.trigger.poll is not None
    return True


def load() -> Contract:
    return Contract(Registry.load([CONNECTOR]), Referee(VENDOR, EXCEPTIONS["amendments"]))


async def _report() -> None:
    contract = load()
    operations = [operation for operation in contract.registry.operations() if calls_the_vendor(operation)]
    reached: set[str] = set()
    refused = 0
    for operation in operations:
        vendor = await contract.vendor_operation(operation)
        reached |= {vendor.name} if vendor else set()
        problems = [
            f"{what}: {problem}"
            for what, input in inputs(operation)
            for problem in await contract.request_objections(operation, input)
        ]
        if operation.id not in {item["operation"] for item in EXCEPTIONS["answers"]}:
            problems += await contract.output_objections(operation)
        refused += bool(problems)
        for problem in problems:
            print(f"{operation.id}: {problem}")
    documented = {operation.name for operation in contract.referee.operations}
    print(
        f"documented {len(documented)}, reached {len(reached)}, tried {len(operations)}, "
        f"accepted {len(operations) - refused}, not offered {len(EXCEPTIONS['not_offered'])}, "
        f"answers excused {len(EXCEPTIONS['answers'])}, description amended {len(EXCEPTIONS['amendments'])}"
    )


if __name__ == "__main__":
    asyncio.run(_report())
