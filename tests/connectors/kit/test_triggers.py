"""What a trigger makes of an event, and which events its inputs leave out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors._kit.check import check
from connectors._kit.comparisons import TESTS
from connectors._kit.loader import BUILT_IN
from connectors._kit.triggers import TriggerPlan
from tests.support.connector_folder import registry_of, write_folder

WEBHOOK = {"webhook": {"verify": {"kind": "none"}, "event": "{{ payload.type }}"}}
INPUTS = {
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
