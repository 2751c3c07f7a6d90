"""Every operation of the GoHighLevel connector against the vendor's own description of its API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from connectors._kit.model import Operation
from connectors._kit.parse import operation as read_operation
from connectors._kit.triggers import trigger_output
from tests.connectors.gohighlevel.contract import (
    CONNECTOR,
    EXCEPTIONS,
    VENDOR,
    Contract,
    calls_the_vendor,
    inputs,
    load,
)
from tests.connectors.gohighlevel.events import documented_events

OPERATIONS = {
    f"{file.parent.name}.{file.stem}": read_operation(
        "gohighlevel", file.parent.name, file.stem, json.loads(file.read_bytes())
    )
    for file in sorted(CONNECTOR.glob("operations/*/*.json"))
}
REQUESTS = sorted(name for name, operation in OPERATIONS.items() if calls_the_vendor(operation))
EVENTS = sorted(name for name, operation in OPERATIONS.items() if operation.trigger and operation.trigger.event)
ANSWERS_EXCUSED = {item["operation"].removeprefix("gohighlevel."): item for item in EXCEPTIONS["answers"]}

SCOPES_EXCUSED = {item["operation"].removeprefix("gohighlevel.") for item in EXCEPTIONS["scopes"]}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load()


def loaded(contract: Contract, name: str) -> Operation:
    return contract.registry.operation(f"gohighlevel.{name}")


@pytest.mark.parametrize("name", REQUESTS)
async def test_request_is_one_the_vendor_documents(contract: Contract, name: str) -> None:
    operation = loaded(contract, name)

    for _, input in inputs(operation):
        assert await contract.request_objections(operation, input) == []


@pytest.mark.parametrize("name", REQUESTS)
async def test_output_schema_accepts_the_vendors_answers(contract: Contract, name: str) -> None:
    objections = await contract.output_objections(loaded(contract, name))

    if name in ANSWERS_EXCUSED:
        assert objections, "this excuse is no longer needed"
    else:
        assert objections == []


async def test_scopes_are_those_the_vendor_asks_for(contract: Contract) -> None:
    wrong: dict[str, Any] = {}
    for name in REQUESTS:
        operation = loaded(contract, name)
        vendor = await contract.vendor_operation(operation)
        assert vendor is not None
        asked = {scope for way in vendor.raw.get("security", ()) for scopes in way.values() for scope in scopes}
        if set(operation.scopes) != asked and name not in SCOPES_EXCUSED:
            wrong[name] = (sorted(operation.scopes), sorted(asked))

    assert wrong == {}


async def test_every_documented_operation_is_offered(contract: Contract) -> None:
    reached = {await contract.vendor_operation(loaded(contract, name)) for name in REQUESTS}
    offered = {operation.name for operation in reached if operation is not None}
    documented = {operation.name for operation in contract.referee.operations}
    excused = {item["operation"] for item in EXCEPTIONS["not_offered"]}

    assert documented - offered == excused


def test_every_documented_event_is_offered() -> None:
    offered = {operation.trigger.event for operation in OPERATIONS.values() if operation.trigger}

    assert set(documented_events(VENDOR)) <= offered


@pytest.mark.parametrize("name", EVENTS)
def test_trigger_understands_the_vendors_event(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation.trigger is not None
    validator = Draft202012Validator(operation.output_schema)

    for payload in documented_events(VENDOR)[operation.trigger.event]:
        output = trigger_output(operation, payload)

        assert output, "nothing of the event is passed on"
        assert [error.message for error in validator.iter_errors(output)] == []


def test_every_exception_names_its_reason() -> None:
    entries = [entry for group in EXCEPTIONS.values() for entry in group]

    assert all(len(entry["reason"]) > 15 for entry in entries)


def test_every_amendment_changes_the_description() -> None:
    for amendment in EXCEPTIONS["amendments"]:
        spec = json.loads((VENDOR / f"{amendment['file']}.json").read_text("utf-8"))
        for part in amendment["pointer"].removeprefix("/").split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            spec = spec[int(part)] if isinstance(spec, list) else spec.get(part)

        assert spec != amendment["value"], amendment


class TestTheRefereeItself:
    """A referee that lets everything pass proves nothing: each of these operations is broken in one way."""

    @staticmethod
    def broken(contract: Contract, name: str, **request: Any) -> tuple[Operation, Mapping[str, Any]]:
        operation = loaded(contract, name)
        assert operation.request is not None
        return replace(operation, request=replace(operation.request, **request)), operation.sample_input

    async def test_refuses_a_wrong_path(self, contract: Contract) -> None:
        operation, input = self.broken(contract, "tasks.create", path="/contact/{contactId}/tasks")

        assert await contract.request_objections(operation, input) == [
            "POST /contact/seD4PfOuKoVMLkEZqohJ/tasks is not documented"
        ]

    async def test_refuses_a_wrong_method(self, contract: Contract) -> None:
        operation, input = self.broken(contract, "tasks.create", method="PUT")

        assert "is not documented" in (await contract.request_objections(operation, input))[0]

    async def test_refuses_a_wrong_version_header(self, contract: Contract) -> None:
        operation, input = self.broken(contract, "tasks.create", headers={"Version": "2021-04-15"})

        assert "Version" in (await contract.request_objections(operation, input))[0]

    async def test_refuses_a_field_of_a_wrong_type(self, contract: Contract) -> None:
        body = {"title": "{{ input.title }}", "dueDate": "{{ input.dueDate }}", "completed": "no"}
        operation, input = self.broken(contract, "tasks.create", body=body)

        assert await contract.request_objections(operation, input) == ["$.completed: 'no' is not of type 'boolean'"]

    async def test_refuses_a_missing_field(self, contract: Contract) -> None:
        operation, input = self.broken(
            contract, "tasks.create", body={"title": "{{ input.title }}", "completed": False}
        )

        assert await contract.request_objections(operation, input) == ["$: 'dueDate' is a required property"]

    async def test_refuses_an_unknown_field(self, contract: Contract) -> None:
        operation, input = self.broken(contract, "tags.add", body={"tags": "{{ input.tags }}", "labels": []})

        assert await contract.request_objections(operation, input) == ["body field labels is not documented"]

    async def test_refuses_an_unknown_parameter(self, contract: Contract) -> None:
        operation, input = self.broken(contract, "tasks.list", query={"limit": "20"})

        assert await contract.request_objections(operation, input) == ["query “limit” is not documented"]

    async def test_refuses_a_value_outside_the_documented_choices(self, contract: Contract) -> None:
        operation, input = self.broken(contract, "contacts.update", body={"dndSettings": {"SMS": {"status": "off"}}})

        assert "'off' is not one of" in (await contract.request_objections(operation, input))[0]

    async def test_refuses_an_output_schema_of_another_type(self, contract: Contract) -> None:
        operation = loaded(contract, "tasks.create")
        schema = {"type": "object", "properties": {"id": {"type": "integer"}}}

        objections = await contract.output_objections(replace(operation, output_schema=schema))

        assert objections == ["$.id: 'lJpzYrWdpkC2hX6t2yue' is not of type 'integer'"]
