"""Differences between definitions, as a person would tell them."""

from __future__ import annotations

from typing import Any

from engine.definition.diff import Change, diff

TRIGGER = {"operation": "webhook.hooks.received"}


def step(key: str, **values: Any) -> dict[str, Any]:
    return {"key": key, "kind": "action", "title": key.title(), "operation": "app.things.put", **values}


def definition(*steps: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"trigger": TRIGGER, "steps": list(steps), **parts}


def told(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(change.kind, change.what, change.field) for change in diff(before, after)]


def test_equal_definitions_have_no_changes() -> None:
    assert diff(definition(step("a")), definition(step("a"))) == []


def test_added_removed_and_changed_steps() -> None:
    before = definition(step("a"), step("b", input={"email": "x", "name": "n"}))
    after = definition(step("b", title="B", input={"email": "y", "name": "n"}), step("c"))

    assert diff(before, after) == [
        Change("removed", "“A”", "a"),
        Change("changed", "“B”", "b", "email", "x", "y"),
        Change("added", "“C”", "c"),
    ]


def test_one_moved_step_is_one_change() -> None:
    before = definition(step("a"), step("b"), step("c"), step("d"))
    after = definition(step("b"), step("c"), step("a"), step("d"))

    assert told(before, after) == [("moved", "“A”", None)]


def test_step_moved_into_a_branch_is_moved() -> None:
    def split(*inner: dict[str, Any]) -> dict[str, Any]:
        return {"key": "split", "kind": "paths", "title": "Split", "branches": [{"key": "x", "steps": list(inner)}]}

    assert told(definition(step("a"), split()), definition(split(step("a")))) == [("moved", "“A”", None)]


def test_changed_rules_of_a_branch_name_the_branch() -> None:
    def split(test: str) -> dict[str, Any]:
        rules = [{"left": "{{ trigger.x }}", "test": test}]
        branch = {"key": "vip", "title": "VIP", "rules": rules, "steps": []}
        return {"key": "split", "kind": "paths", "title": "Split", "branches": [branch]}

    assert told(definition(split("is_empty")), definition(split("is_true"))) == [("changed", "“Split”: “VIP”", "rules")]


def test_trigger_and_settings() -> None:
    before = definition(settings={"days": {"title": "Days", "value": 1}, "old": {"title": "Old"}})
    after = {
        **definition(settings={"days": {"title": "Days", "value": 2}, "new": {"title": "New"}}),
        "trigger": {"operation": "schedule.times.cron", "input": {"cron": "* * * * *"}},
    }

    assert told(before, after) == [
        ("changed", "The trigger", "operation"),
        ("changed", "The trigger", "cron"),
        ("changed", "The setting “Days”", "value"),
        ("removed", "The setting “Old”", None),
        ("added", "The setting “New”", None),
    ]
