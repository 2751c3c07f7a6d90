"""What a trigger makes of an event, and which events its inputs leave out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from connectors._kit.check import check
from connectors._kit.comparisons import TESTS
from connectors._kit.loader import BUILT_IN
from connectors._kit.triggers import TriggerPlan
from tests.support.connector_folder import CREDENTIALS, registry_of, write_folder
from tests.support.service import Service, caller_for

WEBHOOK: dict[str, Any] = {"webhook": {"verify": {"kind": "none"}, "event": "{{ payload.type }}"}}
INPUTS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "tag": {"type": "string", "title": "Tag"},
        "status": {"type": "string", "title": "Status"},
        "paid": {"type": "boolean", "title": "Only paid ones"},
    },
}
WHERE = [
    {"input": "tag", "value": "{{ output.tags }}", "test": "contains"},
    {"input": "status", "value": "{{ output.status }}"},
    {"input": "paid", "value": "{{ output.paid }}", "test": "is_true"},
]


def operation(**trigger: Any) -> dict[str, Any]:
    return {
        "kind": "trigger",
        "title": "An order arrives",
        "description": "Starts.",
        "sample": {},
        "input_schema": INPUTS,
        "trigger": {"mode": "webhook", "event": "order", "where": WHERE, **trigger},
    }


@pytest.fixture
def plan(tmp_path: Path) -> TriggerPlan:
    registry = registry_of(tmp_path, {"orders/came": operation()}, manifest=WEBHOOK)
    return TriggerPlan(registry.operation("shop.orders.came"))


@pytest.mark.parametrize(
    ("input", "left_out"),
    [
        ({}, ()),
        ({"tag": "", "status": None, "paid": False}, ()),
        ({"tag": "VIP", "status": "Open", "paid": True}, ()),
        ({"tag": "vi"}, ("Tag",)),
        ({"tag": "new", "status": "closed"}, ("Tag", "Status")),
    ],
)
def test_filled_in_inputs_narrow_and_empty_ones_do_not(
    plan: TriggerPlan, input: dict[str, Any], left_out: tuple[str, ...]
) -> None:
    assert plan.left_out(input, {"tags": ["vip"], "status": "open", "paid": True}) == left_out


def test_missing_value_is_an_empty_one(plan: TriggerPlan) -> None:
    assert plan.left_out({"tag": "vip", "paid": True}, {}) == ("Tag", "Only paid ones")


def test_narrowing_looks_at_what_the_workflow_gets(tmp_path: Path) -> None:
    shaped = operation(output={"tags": "{{ payload.order.labels }}"})
    registry = registry_of(tmp_path, {"orders/came": shaped}, manifest=WEBHOOK)
    plan = TriggerPlan(registry.operation("shop.orders.came"))

    output = plan.output({"order": {"labels": ["vip"]}})

    assert (plan.left_out({"tag": "vip"}, output), plan.left_out({"tag": "new"}, output)) == ((), ("Tag",))


def test_trigger_without_rules_says_that_it_never_narrows(tmp_path: Path, plan: TriggerPlan) -> None:
    registry = registry_of(tmp_path / "b", {"orders/came": {**operation(), "trigger": {"mode": "catch"}}})

    assert plan.narrows
    assert not TriggerPlan(registry.operation("shop.orders.came")).narrows


@pytest.mark.parametrize(
    ("rule", "pointer", "words"),
    [
        ({"input": "colour", "value": "{{ output.a }}"}, "/trigger/where/0/input", "“colour” is not an input"),
        ({"input": "tag", "value": "{{ payload.a }}"}, "/trigger/where/0/value", "“payload” does not exist here"),
        ({"input": "tag", "value": "{{ output.a }}", "test": "looks_like"}, "/trigger/where/0/test", "must be one of"),
        ({"input": "tag"}, "/trigger/where/0/value", "is required"),
    ],
)
def test_rule_that_cannot_work_is_named(tmp_path: Path, rule: dict[str, str], pointer: str, words: str) -> None:
    folder = write_folder(tmp_path, {"orders/came": operation(where=[rule])}, manifest=WEBHOOK)

    [problem] = check([folder])

    assert problem.pointer.startswith(pointer)
    assert words in problem.message


@pytest.mark.parametrize(("wanted", "problems"), [(False, 0), (True, 1)])
def test_example_can_say_that_an_event_is_not_wanted(tmp_path: Path, wanted: bool, problems: int) -> None:
    example = {"name": "other tag", "payload": {"type": "order", "tags": ["new"]}, "expect_wanted": wanted}
    folder = write_folder(
        tmp_path,
        {"orders/came": operation()},
        manifest=WEBHOOK,
        examples={"orders/came": [{**example, "input": {"tag": "vip"}}]},
    )

    assert len(check([folder], examples=True)) == problems


def test_schema_knows_every_test() -> None:
    schema = orjson.loads((BUILT_IN / "operation.schema.json").read_bytes())

    assert schema["$defs"]["where"]["items"]["properties"]["test"]["enum"] == list(TESTS)


RECONCILE = {
    "request": {"method": "GET", "path": "/orders"},
    "items": "{{ response.orders }}",
    "output": {"id": "{{ item.nr }}", "tags": "{{ item.tags }}", "status": "{{ item.state }}"},
    "key": "{{ output.id }}",
    "digest": ["status"],
    "emit": "changed",
}
SWITCH = {"reconcile": {"type": "boolean", "title": "Look for missed orders"}}


def reconciled(**spec: Any) -> dict[str, Any]:
    made = operation(output={"id": "{{ payload.id }}", "status": "{{ payload.status }}"})
    made["trigger"]["reconcile"] = {**RECONCILE, **spec}
    made["input_schema"] = {"type": "object", "properties": {**INPUTS["properties"], **SWITCH}}
    return made


def reconciled_plan(tmp_path: Path, **spec: Any) -> TriggerPlan:
    registry = registry_of(tmp_path, {"orders/came": reconciled(**spec)}, manifest=WEBHOOK)
    return TriggerPlan(registry.operation("shop.orders.came"))


async def test_event_and_row_of_the_same_thing_have_one_identity(tmp_path: Path) -> None:
    plan = reconciled_plan(tmp_path)
    registry = registry_of(tmp_path / "b", {"orders/came": reconciled()}, manifest=WEBHOOK)
    service = Service(httpx.Response(200, json={"orders": [{"nr": 7, "state": "open", "more": 1}]}))

    async with caller_for(registry, service) as caller:
        [item] = await caller.poll(registry.operation("shop.orders.came"), {}, CREDENTIALS)

    output = plan.output({"id": 7, "status": "open", "type": "order"})
    assert plan.identity({}, output) == (item.key, item.digest)
    assert plan.identity({}, {**output, "status": "closed"}) != (item.key, item.digest)


@pytest.mark.parametrize(
    ("input", "looks"),
    [({"status": "x"}, True), ({}, False), ({"status": ""}, False), ({"status": "x", "reconcile": False}, False)],
)
def test_looks_can_be_switched_off_and_may_need_inputs(tmp_path: Path, input: dict[str, Any], looks: bool) -> None:
    plan = reconciled_plan(tmp_path, needs=["status"])

    assert plan.looks(input) is looks
    assert (plan.identity(input, {"id": "7"}) is not None) is looks


def test_trigger_without_looks_knows_no_identity(plan: TriggerPlan) -> None:
    assert not plan.looks({})
    assert plan.identity({}, {"id": "7"}) is None


def test_what_is_too_long_to_be_kept_is_still_told_apart(tmp_path: Path) -> None:
    plan = reconciled_plan(tmp_path, digest="{{ output.status }}")
    long = "x" * 400

    first, second = (plan.identity({}, {"id": long + end, "status": long + end}) for end in ("a", "b"))

    assert first is not None and second is not None
    assert len(first[0]) <= 200 and len(first[1]) <= 64
    assert first[0] != second[0] and first[1] != second[1]


@pytest.mark.parametrize(
    ("spec", "pointer", "words"),
    [
        ({"key": "{{ item.id }}"}, "/trigger/reconcile/key", "“item” does not exist here"),
        ({"digest": "{{ response.a }}"}, "/trigger/reconcile/digest", "“response” does not exist here"),
        ({"needs": ["colour"]}, "/trigger/reconcile/needs/0", "“colour” is not an input"),
        ({"digest": False}, "/trigger/reconcile/digest", "what tells that an item has changed"),
        ({"digest": False, "emit": "new", "only_changes": True}, "/trigger/reconcile/digest", "something has changed"),
        ({"request": {"method": "GET", "path": "/{shop}"}}, "/trigger/reconcile/request/path", "“shop” is not an in"),
        ({"when": "{{ nothing }}"}, "/trigger/reconcile/when", "“nothing” does not exist here"),
    ],
)
def test_look_that_cannot_work_is_named(tmp_path: Path, spec: dict[str, Any], pointer: str, words: str) -> None:
    folder = write_folder(tmp_path, {"orders/came": reconciled(**spec)}, manifest=WEBHOOK)

    [problem] = check([folder])

    assert problem.pointer == pointer
    assert words in problem.message


def test_switch_of_the_looks_is_a_yes_or_no(tmp_path: Path) -> None:
    made = reconciled()
    made["input_schema"]["properties"]["reconcile"] = {"type": "string", "title": "Look"}

    [problem] = check([write_folder(tmp_path, {"orders/came": made}, manifest=WEBHOOK)])

    assert problem.pointer == "/input_schema/properties/reconcile/type"


@pytest.mark.parametrize(
    ("input", "manifest", "words"),
    [
        ("paid", {"webhook": {**WEBHOOK["webhook"], "expand": "{{ payload.orders }}"}}, ""),
        ("tag", {"webhook": {**WEBHOOK["webhook"], "expand": "{{ payload.orders }}"}}, "that is a yes or no"),
        ("paid", WEBHOOK, "what one request carries"),
    ],
)
def test_keeping_events_together_needs_a_switch_and_something_to_keep(
    tmp_path: Path, input: str, manifest: dict[str, Any], words: str
) -> None:
    problems = check([write_folder(tmp_path, {"orders/came": operation(together=input)}, manifest=manifest)])

    assert [words in problem.message for problem in problems] == ([True] if words else [])


def test_events_stay_together_only_where_the_input_says_so(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, {"orders/came": operation(together="paid")}, manifest=WEBHOOK)
    plan = TriggerPlan(registry.operation("shop.orders.came"))

    assert [plan.takes_together(input) for input in ({"paid": True}, {"paid": False}, {})] == [True, False, False]
