"""Every mistake a definition can have is found, named by its place, and all at once."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from connectors._kit.registry import Registry
from engine.definition.check import MAX_PATH, Checker
from engine.storage.tables import Attempt, Run, StepRun

CONNECTIONS = {"ghl-1": "gohighlevel", "mc-1": "mailercloud"}
CATCH: dict[str, Any] = {"operation": "webhook.hooks.received"}

REST: dict[str, Any] = {"key": "rest", "steps": []}


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(Registry.load(), lambda: CONNECTIONS)


def action(**values: Any) -> dict[str, Any]:
    return {
        "key": "update",
        "kind": "action",
        "operation": "gohighlevel.contacts.update",
        "connection": "ghl-1",
        "input": {"contactId": "{{ trigger.id }}"},
        **values,
    }


def definition(*steps: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"trigger": CATCH, "steps": list(steps), **parts}


def test_good_definition_has_no_problems(checker: Checker) -> None:
    steps = [
        action(),
        {"key": "only", "kind": "filter", "rules": [{"left": "{{ steps.update.id }}", "test": "is_not_empty"}]},
        {
            "key": "each",
            "kind": "loop",
            "items": "{{ trigger.items }}",
            "steps": [action(key="inner", input={"contactId": "{{ steps.each.item.id }}"})],
        },
        {"key": "split", "kind": "paths", "branches": [{"key": "a", "steps": [action(key="in_branch")]}]},
        action(key="after", input={"contactId": "{{ steps.in_branch.id | default('x') }}"}),
        {"key": "wait", "kind": "delay", "for": {"amount": "{{ workflow.settings.days }}", "unit": "days"}},
    ]

    assert checker.check(definition(*steps, settings={"days": {"title": "Days", "value": 2}})) == []


@pytest.mark.parametrize(
    ("step", "pointer", "word"),
    [
        (action(operation="gohighlevel.contacts.nope"), "/steps/0/operation", "no operation"),
        (action(operation="gohighlevel.contacts.created"), "/steps/0/operation", "not an action"),
        (action(connection=None), "/steps/0/connection", "Choose the GoHighLevel account"),
        (action(connection="gone"), "/steps/0/connection", "no longer exists"),
        (action(connection="mc-1"), "/steps/0/connection", "not a GoHighLevel account"),
        (action(input={}), "/steps/0/input/contactId", "is required"),
        (action(input={"contactId": "1", "emial": "a@b.example"}), "/steps/0/input/emial", "no field “emial”"),
        (
            action(operation="gohighlevel.contacts.create", input={"email": "", "tags": ["{{ trigger.tag }}"]}),
            "/steps/0/input",
            "Fill in at least one of: E-mail, Phone, First name",
        ),
        (action(input={"contactId": "{{ trigger.id "}), "/steps/0/input/contactId", "cannot be read"),
        (action(input={"contactId": "{{ contact.id }}"}), "/steps/0/input/contactId", "values start with"),
        (action(input={"contactId": "{{ steps.later.id }}"}), "/steps/0/input/contactId", "no step “later”"),
        (action(input={"contactId": "{{ workflow.settings.x }}"}), "/steps/0/input/contactId", "no setting “x”"),
        (action(input={"contactId": "1", "email": "no mail"}), "/steps/0/input/email", "mail"),
        (
            action(operation="http_request.requests.get", connection=None, input={"url": "https://a.example/?token=x"}),
            "/steps/0/input/url",
            "Choose or add a connection",
        ),
        (
            action(
                operation="http_request.requests.get",
                connection=None,
                input={"url": "https://a.example/{{ trigger.id }}", "query": {"api_key": "x"}},
            ),
            "/steps/0/input/query",
            "stored encrypted",
        ),
        ({"key": "f", "kind": "filter", "rules": []}, "/steps/0/rules", "Add a rule"),
        ({"key": "f", "kind": "filter", "rules": [{"left": "a", "test": "like"}]}, "/steps/0/rules/0/test", "no test"),
        ({"key": "e", "kind": "loop", "items": "", "steps": []}, "/steps/0/items", "Choose the list"),
        (
            {
                "key": "p",
                "kind": "paths",
                "branches": [{"key": "a", "rules": [], "steps": []}, {"key": "b", "steps": []}],
            },
            "/steps/0/branches/0/rules",
            "Add a rule to “A”",
        ),
        ({"key": "w", "kind": "delay"}, "/steps/0/for", ""),
        ({"key": "w", "kind": "delay", "for": {"amount": 1, "unit": "years"}}, "/steps/0/for/unit", "seconds"),
        ({"key": "Bad Key", "kind": "delay", "until": "x"}, "/steps/0/key", ""),
        ({"key": "x", "kind": "code"}, "/steps/0/kind", "action"),
    ],
)
def test_mistake_is_named_by_its_place(checker: Checker, step: dict[str, Any], pointer: str, word: str) -> None:
    problems = checker.check(definition(step))

    assert pointer in [problem.pointer for problem in problems]
    assert word.lower() in " ".join(problem.message for problem in problems).lower()
    assert {problem.step for problem in problems} == {step["key"]}


@pytest.mark.parametrize(
    ("trigger", "word"),
    [
        ({"operation": "no.such.trigger"}, "no trigger"),
        ({"operation": "gohighlevel.contacts.update"}, "cannot start a workflow"),
        ({"operation": "gohighlevel.contacts.created"}, "Choose the GoHighLevel account"),
        ({"operation": "mailercloud.contacts.created", "connection": "mc-1"}, "is required"),
    ],
)
def test_mistake_in_the_trigger(checker: Checker, trigger: dict[str, Any], word: str) -> None:
    problems = checker.check({"trigger": trigger, "steps": []})

    assert word in " ".join(problem.message for problem in problems)


def test_steps_inside_a_loop_are_not_visible_behind_it(checker: Checker) -> None:
    loop = {"key": "each", "kind": "loop", "items": "{{ trigger.items }}", "steps": [action(key="inner")]}
    after = action(key="after", input={"contactId": "{{ steps.inner.id }}"})

    assert [problem.step for problem in checker.check(definition(loop, after))] == ["after"]


def test_two_steps_with_one_key_are_found_in_any_depth(checker: Checker) -> None:
    split = {"key": "split", "kind": "paths", "branches": [{"key": "a", "steps": [action()]}]}

    assert "Two steps" in checker.check(definition(action(), split))[0].message


def test_setting_without_a_value_is_a_problem_only_when_values_are_needed(checker: Checker) -> None:
    data = definition(settings={"list_id": {"title": "List"}})

    assert [problem.field for problem in checker.check(data)] == ["list_id"]
    assert checker.check(data, values_needed=False) == []


def test_all_problems_are_listed_at_once(checker: Checker) -> None:
    broken = action(connection="gone", input={"email": "{{ nope }}"})

    assert len(checker.check(definition(broken, action()))) == 4


def test_malformed_step_hides_no_other_problem(checker: Checker) -> None:
    malformed = {"key": "wait", "kind": "delay", "for": {"amount": 1, "unit": "years"}, "note": 5}
    wrong = action(operation="gohighlevel.contacts.nope", extra=True)
    nested = {"key": "each", "kind": "loop", "steps": [action(key="inner", input={"contactId": "{{ steps.x.id }}"})]}

    problems = checker.check(definition(action(connection="gone"), malformed, wrong, nested, settings={"a": {}}))

    assert [(problem.step, problem.pointer) for problem in problems] == [
        (None, "/settings/a/title"),
        (None, "/settings/a/value"),
        ("update", "/steps/0/connection"),
        ("wait", "/steps/1/for/unit"),
        ("wait", "/steps/1/note"),
        ("update", "/steps/2/extra"),
        ("update", "/steps/2/key"),
        ("update", "/steps/2/operation"),
        ("each", "/steps/3/items"),
        ("inner", "/steps/3/steps/0/input/contactId"),
    ]


def test_malformed_place_is_named_by_step_and_field(checker: Checker) -> None:
    rule = {"left": "a", "test": ["equals"]}
    branch = {"key": "a", "steps": [{"key": "only", "kind": "filter", "rules": [rule]}]}

    (problem,) = checker.check(definition({"key": "split", "kind": "paths", "branches": [branch]}))

    assert (problem.step, problem.field) == ("only", "rules/0/test")


@pytest.mark.parametrize("odd", [None, True, 7, "text", [], [None, 5], {}, {"a": [{}]}])
def test_value_of_any_kind_in_any_place_is_a_problem_not_a_crash(checker: Checker, odd: Any) -> None:
    good = definition(
        action(),
        {"key": "f", "kind": "filter", "rules": [{"left": "{{ trigger.a }}", "test": "equals", "right": "b"}]},
        {"key": "p", "kind": "paths", "branches": [{"key": "a", "rules": [], "steps": [action(key="in")]}]},
        {"key": "w", "kind": "delay", "for": {"amount": 1, "unit": "days"}},
        {"key": "l", "kind": "loop", "items": "{{ trigger.items }}", "steps": [action(key="inner")]},
        settings={"days": {"title": "Days", "value": 2}},
        trigger={"operation": "gohighlevel.contacts.created", "connection": "ghl-1", "input": {}},
    )

    for path in _paths_into(good):
        broken = copy.deepcopy(good)
        holder: Any = broken
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = odd
        assert all(problem.message for problem in checker.check(broken))


def _paths_into(value: Any) -> Iterator[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield (key,)
        yield from ((key, *rest) for rest in _paths_into(entry))


def test_step_whose_path_is_too_long_for_the_journal_is_a_problem(checker: Checker) -> None:
    def nest(depth: int) -> dict[str, Any]:
        step = action()
        for level in range(depth):
            branch = {"key": "b" * 40, "steps": [step]}
            step = {"key": f"{'k' * 38}{level:02}", "kind": "paths", "branches": [branch]}
        return definition(step)

    assert checker.check(nest(4)) == []
    (problem,) = checker.check(nest(6))
    assert problem.step == "k" * 38 + "00"  # and nothing about what lies inside of it
    assert "too deep" in problem.message


def test_longest_step_path_fits_into_its_columns() -> None:
    for column in (StepRun.path, Attempt.path, Run.step_path):
        assert getattr(column.type, "length", 0) >= MAX_PATH


def test_malformed_step_under_hundreds_of_others_does_not_crash(checker: Checker) -> None:
    step: dict[str, Any] = {"key": "deepest", "kind": "delay"}
    for _ in range(150):
        step = {"key": "each", "kind": "loop", "items": "{{ trigger.items }}", "steps": [step]}

    assert checker.check(definition(step))


def test_data_hundreds_of_levels_deep_is_a_problem_not_a_crash(checker: Checker) -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = {"a": deep}

    (problem,) = checker.check(definition(action(input={"contactId": "1", "customFields": deep})))

    assert "levels deep" in problem.message
