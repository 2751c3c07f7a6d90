"""What becomes of a run, state by state; each test on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

from connectors._kit.errors import FailureKind
from tests.support.engine import Harness, failed

SHAPE = {"key": "shape", "kind": "action", "operation": "app.things.shape", "input": {"name": "{{ trigger.name }}"}}
PUT = {"key": "put", "kind": "action", "operation": "app.things.put", "input": {"id": 1}}
ADD = {"key": "add", "kind": "action", "operation": "app.things.add", "input": {"id": 1}}


async def test_run_succeeds_and_later_steps_see_earlier_outputs(engine: Harness) -> None:
    second = {**PUT, "input": {"hello": "Hello {{ steps.shape.name }}"}}
    target = engine.workflow(SHAPE, second)

    run = await engine.run(target, {"name": "Ada"})

    assert (run.status, run.lease_owner, run.step_path) == ("succeeded", None, None)
    assert run.finished_at is not None
    steps = engine.steps(run)
    assert [(path, step.status, step.position) for path, step in steps.items()] == [
        ("shape", "succeeded", 0),
        ("put", "succeeded", 1),
    ]
    assert steps["put"].output == {"hello": "Hello Ada"}


async def test_missing_value_fails_the_step_and_names_field_and_value(engine: Harness) -> None:
    run = await engine.run(engine.workflow(SHAPE, PUT), {})

    assert (run.status, run.step_path) == ("failed", "shape")
    assert run.error is not None
    assert "“name”" in run.error["message"]
    assert "trigger.name" in run.error["message"]
    assert "default" in run.error["remedy"]
    assert engine.calls.made == []
    assert engine.steps(run)["shape"].status == "failed"


async def test_settings_and_run_are_visible_to_expressions(engine: Harness) -> None:
    step = {**PUT, "input": {"list": "{{ workflow.settings.list_id }}", "of": "{{ workflow.name }}"}}
    target = engine.workflow(step, settings={"list_id": {"title": "List", "value": "L1"}})

    await engine.run(target)

    assert engine.calls.made == [("app.things.put", {"list": "L1", "of": "Welcome"})]


async def test_result_that_cannot_be_stored_fails_the_run_and_is_not_asked_for_again(engine: Harness) -> None:
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep]
    engine.calls.scripts["app.things.put"] = lambda _: {"deep": deep}

    run = await engine.run(engine.workflow(PUT, {**SHAPE, "input": {"name": "x"}}))

    assert (run.status, run.step_path) == ("failed", "shape")
    assert "cannot be kept" in run.reason
    assert engine.calls.count("app.things.put") == 1


async def test_transient_failure_waits_and_then_succeeds(engine: Harness) -> None:
    answers: list[Any] = [failed(FailureKind.TRANSIENT, "The service is down."), {"ok": True}]
    engine.calls.scripts["app.things.put"] = lambda _: answers.pop(0)
    target = engine.workflow(PUT)

    run = await engine.run(target)

    assert (run.status, run.step_path, run.lease_owner) == ("waiting", "put", None)
    assert run.wake_at is not None
    assert run.wake_at > engine.clock()
    assert "The service is down." in run.reason

    run = await engine.later(run, minutes=1)

    assert (run.status, run.error) == ("succeeded", None)
    assert [(a.number, a.status) for a in engine.attempts(run)] == [(1, "failed"), (2, "succeeded")]
    assert engine.steps(run)["put"].attempts == 2


async def test_retries_carry_the_same_idempotency_key(engine: Harness) -> None:
    answers: list[Any] = [failed(FailureKind.TRANSIENT), {}]
    engine.calls.scripts["app.things.put"] = lambda _: answers.pop(0)

    run = await engine.run(engine.workflow(PUT))
    await engine.later(run, minutes=1)
    await engine.run(engine.workflow(PUT))

    first, second, other = engine.calls.keys
    assert first == second != other


async def test_run_fails_when_retries_are_used_up(engine: Harness) -> None:
    engine.calls.scripts["app.things.put"] = lambda _: failed(FailureKind.TRANSIENT, "Still down.")
    target = engine.workflow({**PUT, "retry": {"attempts": 2}})

    run = await engine.run(target)
    run = await engine.later(run, hours=1)

    assert (run.status, run.step_path) == ("failed", "put")
    assert engine.calls.count("app.things.put") == 2


async def test_rejected_input_is_not_tried_again(engine: Harness) -> None:
    engine.calls.scripts["app.things.put"] = lambda _: failed(FailureKind.REJECTED, "E-mail is taken.")

    run = await engine.run(engine.workflow(PUT))

    assert run.status == "failed"
    assert run.error is not None
    assert run.error["message"] == "E-mail is taken."


async def test_refused_login_holds_the_run(engine: Harness) -> None:
    engine.calls.scripts["app.things.put"] = lambda _: failed(FailureKind.AUTH, "The token was refused.")

    run = await engine.run(engine.workflow({**PUT, "connection": "c1"}))

    assert (run.status, run.step_path) == ("held", "put")
    assert run.error is not None
    assert (run.error["kind"], run.error["connection"]) == ("auth", "c1")
    assert engine.refusals == [("c1", "The token was refused.")]


async def test_uncertain_write_holds_and_is_not_repeated(engine: Harness) -> None:
    engine.calls.scripts["app.things.add"] = lambda _: failed(FailureKind.UNCERTAIN, "No answer came.")

    run = await engine.run(engine.workflow(ADD))
    run = await engine.later(run, hours=5)

    assert run.status == "held"
    assert engine.steps(run)["add"].status == "uncertain"
    assert engine.calls.count("app.things.add") == 1


async def test_uncertain_write_is_skipped_when_the_step_says_so(engine: Harness) -> None:
    engine.calls.scripts["app.things.add"] = lambda _: failed(FailureKind.UNCERTAIN)

    run = await engine.run(engine.workflow({**ADD, "on_uncertain": "skip"}, PUT))

    assert run.status == "succeeded"
    assert [step.status for step in engine.steps(run).values()] == ["skipped", "succeeded"]


async def test_error_inside_stepline_fails_the_run_with_a_plain_message(engine: Harness) -> None:
    def explode(_: Any) -> Any:
        raise ZeroDivisionError("secret detail")

    engine.calls.scripts["app.things.put"] = explode

    run = await engine.run(engine.workflow(PUT))

    assert run.status == "failed"
    assert "secret detail" not in run.reason
    assert run.error is not None
    assert "ZeroDivisionError" in run.error["detail"]


async def test_dry_run_sends_no_write_and_does_not_wait(engine: Harness) -> None:
    delay = {"key": "wait", "kind": "delay", "for": {"amount": 2, "unit": "days"}}
    find = {"key": "find", "kind": "search", "operation": "app.things.find", "input": {"id": 7}}

    run = await engine.run(engine.workflow(find, delay, ADD), mode="dry")

    assert run.status == "succeeded"
    assert engine.calls.made == [("app.things.find", {"id": 7})]
    waited = engine.steps(run)["wait"].output
    assert waited is not None
    assert waited["waited"] is False
    assert [attempt.status for attempt in engine.attempts(run)] == ["succeeded", "succeeded"]
