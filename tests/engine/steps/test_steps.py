"""Filter, paths, delay, loop and search, each alone and nested."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors._kit.errors import FailureKind
from tests.support.engine import Harness, failed


def put(key: str, **values: Any) -> dict[str, Any]:
    return {"key": key, "kind": "action", "operation": "app.things.put", **values}


def rule(left: str, test: str = "is_not_empty", right: str = "") -> dict[str, Any]:
    return {"left": left, "test": test, "right": right}


def only(key: str, *rules: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"key": key, "kind": "filter", "rules": list(rules), **values}


@pytest.mark.parametrize(("payload", "status", "calls"), [({"email": "a@b.c"}, "succeeded", 1), ({}, "filtered", 0)])
async def test_filter_lets_through_or_ends_the_run(
    engine: Harness, payload: dict[str, Any], status: str, calls: int
) -> None:
    target = engine.workflow(only("has_email", rule("{{ trigger.email }}"), title="Has an e-mail"), put("send"))

    run = await engine.run(target, payload)

    assert run.status == status
    assert len(engine.calls.made) == calls
    if status == "filtered":
        assert "Has an e-mail" in run.reason
        assert run.finished_at is not None


def split(take: str = "first") -> dict[str, Any]:
    return {
        "key": "split",
        "kind": "paths",
        "take": take,
        "branches": [
            {"key": "vip", "rules": [rule("{{ trigger.tags }}", "contains", "vip")], "steps": [put("vip_mail")]},
            {"key": "new", "rules": [rule("{{ trigger.tags }}", "contains", "new")], "steps": [put("new_mail")]},
            {"key": "rest", "steps": [put("rest_mail")]},
        ],
    }


@pytest.mark.parametrize(
    ("take", "tags", "paths"),
    [
        ("first", ["vip", "new"], ["split/vip/vip_mail"]),
        ("first", ["new"], ["split/new/new_mail"]),
        ("first", ["old"], ["split/rest/rest_mail"]),
        ("all", ["vip", "new"], ["split/vip/vip_mail", "split/new/new_mail"]),
        ("all", [], ["split/rest/rest_mail"]),
    ],
)
async def test_paths_take_the_branches_that_match(
    engine: Harness, take: str, tags: list[str], paths: list[str]
) -> None:
    run = await engine.run(engine.workflow(split(take), put("after")), {"tags": tags})

    assert run.status == "succeeded"
    assert list(engine.steps(run)) == ["split", *paths, "after"]


async def test_filter_in_a_branch_ends_that_branch_only(engine: Harness) -> None:
    branch = {"key": "a", "steps": [only("never", rule("", "is_not_empty")), put("inside")]}
    target = engine.workflow({"key": "split", "kind": "paths", "branches": [branch]}, put("after"))

    run = await engine.run(target)

    assert run.status == "succeeded"
    assert list(engine.steps(run)) == ["split", "split/a/never", "after"]


async def test_delay_sleeps_without_a_runner_and_goes_on_where_it_was(engine: Harness) -> None:
    wait = {"key": "wait", "kind": "delay", "for": {"amount": "{{ trigger.days }}", "unit": "days"}}
    target = engine.workflow(put("first"), wait, put("second"))

    run = await engine.run(target, {"days": 2})

    assert (run.status, run.wake_at) == ("waiting", engine.clock() + timedelta(days=2))
    assert engine.dispatcher.in_hand == 0

    run = await engine.later(run, days=1)
    assert run.status == "waiting"

    run = await engine.later(run, days=1)
    assert run.status == "succeeded"
    assert engine.calls.count("app.things.put") == 2


async def test_delay_until_a_date_in_the_past_does_not_wait(engine: Harness) -> None:
    run = await engine.run(engine.workflow({"key": "wait", "kind": "delay", "until": "2020-01-01"}))

    assert run.status == "succeeded"


@pytest.mark.parametrize("delay", [{"until": "soon"}, {"for": {"amount": "many", "unit": "days"}}])
async def test_delay_that_is_no_time_fails_with_a_remedy(engine: Harness, delay: dict[str, Any]) -> None:
    run = await engine.run(engine.workflow({"key": "wait", "kind": "delay", **delay}))

    assert run.status == "failed"
    assert run.error is not None
    assert run.error["remedy"]


def each(*steps: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"key": "each", "kind": "loop", "items": "{{ trigger.items }}", "steps": list(steps), **values}


async def test_loop_runs_each_item_with_its_own_place_in_the_timeline(engine: Harness) -> None:
    inner = put("send", input={"item": "{{ steps.each.item }}", "number": "{{ steps.each.number }}"})

    run = await engine.run(engine.workflow(each(inner), put("after")), {"items": ["a", "b"]})

    assert list(engine.steps(run)) == ["each", "each/0/send", "each/1/send", "after"]
    assert engine.calls.made[:2] == [
        ("app.things.put", {"item": "a", "number": 1}),
        ("app.things.put", {"item": "b", "number": 2}),
    ]
    assert engine.steps(run)["each"].output == {"count": 2}


async def test_filter_in_a_loop_goes_on_with_the_next_item(engine: Harness) -> None:
    loop = each(only("big", rule("{{ steps.each.item }}", "greater_than", "1")), put("send"))

    run = await engine.run(engine.workflow(loop), {"items": [1, 2, 3]})

    assert run.status == "succeeded"
    assert len(engine.calls.made) == 2


async def test_delay_in_a_loop_resumes_in_the_same_iteration(engine: Harness) -> None:
    wait = {"key": "wait", "kind": "delay", "for": {"amount": 1, "unit": "hours"}}
    target = engine.workflow(each(put("send", input={"item": "{{ steps.each.item }}"}), wait))

    run = await engine.run(target, {"items": ["a", "b"]})
    assert (run.status, run.step_path) == ("waiting", "each/0/wait")
    run = await engine.later(run, hours=1)
    assert (run.status, run.step_path) == ("waiting", "each/1/wait")
    run = await engine.later(run, hours=1)

    assert run.status == "succeeded"
    assert [made["item"] for _, made in engine.calls.made] == ["a", "b"]


async def test_failure_inside_a_loop_fails_the_loop(engine: Harness) -> None:
    engine.calls.scripts["app.things.put"] = lambda _: failed(FailureKind.REJECTED, "No.")

    run = await engine.run(engine.workflow(each(put("send"))), {"items": [1, 2]})

    assert (run.status, run.step_path) == ("failed", "each/0/send")
    assert [step.status for step in engine.steps(run).values()] == ["failed", "failed"]


async def test_loop_over_nothing_succeeds(engine: Harness) -> None:
    run = await engine.run(engine.workflow(each(put("send"))), {"items": []})

    assert run.status == "succeeded"


@pytest.mark.parametrize(("items", "word"), [("text", "list"), ([1, 2, 3], "limit")])
async def test_loop_refuses_what_is_no_list_or_too_long(engine: Harness, items: Any, word: str) -> None:
    run = await engine.run(engine.workflow(each(put("send"), limit=2)), {"items": items})

    assert run.status == "failed"
    assert word in run.reason + str(run.error)
    assert engine.calls.made == []


@pytest.mark.parametrize(("if_none", "status"), [("continue", "succeeded"), ("stop", "filtered"), ("fail", "failed")])
async def test_search_without_a_result_does_what_the_step_says(engine: Harness, if_none: str, status: str) -> None:
    engine.calls.scripts["app.things.find"] = lambda _: {}
    find = {"key": "find", "kind": "search", "operation": "app.things.find", "if_none": if_none}
    target = engine.workflow(find, put("after", input={"found": "{{ steps.find.found }}"}))

    run = await engine.run(target)

    assert run.status == status
    if status == "succeeded":
        assert engine.calls.made[-1] == ("app.things.put", {"found": False})


async def test_branch_output_is_visible_after_resuming_behind_it(engine: Harness) -> None:
    branch = {"key": "a", "steps": [put("inner", input={"x": 1})]}
    wait = {"key": "wait", "kind": "delay", "for": {"amount": 1, "unit": "hours"}}
    after = put("after", input={"x": "{{ steps.inner.x }}"})
    target = engine.workflow({"key": "split", "kind": "paths", "branches": [branch]}, wait, after)

    run = await engine.later(await engine.run(target), hours=1)

    assert run.status == "succeeded"
    assert engine.calls.made[-1] == ("app.things.put", {"x": 1})
