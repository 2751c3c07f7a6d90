"""Crashes, leases and overload: what survives, what is repeated and what is never repeated."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine.dispatch.leases import MAX_RECOVERIES
from engine.errors import Overloaded
from engine.intake import Target
from engine.storage.tables import Event, Run
from tests.support.engine import Harness

PUT = {"key": "put", "kind": "action", "operation": "app.things.put"}
ADD = {"key": "add", "kind": "action", "operation": "app.things.add"}


async def hang(_: Any = None) -> None:
    await asyncio.Event().wait()


async def until_called(engine: Harness, operation_id: str) -> None:
    async with asyncio.timeout(10):
        await engine.calls.called(operation_id)


async def crash_in(engine: Harness, target: Target, operation_id: str) -> Run:
    """Start a run that hangs in this operation, kill the process there and start a new one."""
    engine.calls.scripts[operation_id] = hang
    accepted = await engine.accept(target)
    await until_called(engine, operation_id)
    await engine.crash()
    engine.calls.scripts[operation_id] = lambda _: {"ok": True}
    await engine.restart()
    return engine.row(accepted.run_ids[0])


async def test_live_lease_is_left_alone(engine: Harness) -> None:
    run = await crash_in(engine, engine.workflow(PUT), "app.things.put")

    run = await engine.later(run, seconds=30)

    assert run.status == "running"


async def test_expired_lease_returns_run_to_queue_and_it_finishes(engine: Harness) -> None:
    run = await crash_in(engine, engine.workflow(PUT), "app.things.put")

    run = await engine.later(run, seconds=61)

    assert (run.status, run.recoveries) == ("succeeded", 1)
    assert engine.calls.count("app.things.put") == 2


async def test_committed_result_is_reused_after_a_crash(engine: Harness) -> None:
    first = {**PUT, "key": "first"}
    run = await crash_in(engine, engine.workflow(first, ADD), "app.things.add")

    await engine.later(run, seconds=61)

    assert engine.calls.count("app.things.put") == 1


async def test_interrupted_write_is_held_and_never_repeated(engine: Harness) -> None:
    run = await crash_in(engine, engine.workflow(ADD), "app.things.add")

    run = await engine.later(run, seconds=61)

    assert (run.status, run.step_path) == ("held", "add")
    assert run.error is not None
    assert "nobody knows" in run.error["message"]
    assert engine.calls.count("app.things.add") == 1
    assert [attempt.status for attempt in engine.attempts(run)] == ["uncertain"]


async def test_interrupted_write_is_repeated_when_the_step_says_so(engine: Harness) -> None:
    run = await crash_in(engine, engine.workflow({**ADD, "on_uncertain": "retry"}), "app.things.add")

    run = await engine.later(run, seconds=61)
    run = await engine.later(run, seconds=61)

    assert run.status == "succeeded"
    assert [attempt.status for attempt in engine.attempts(run)] == ["uncertain", "succeeded"]


async def test_run_that_keeps_stopping_the_server_is_held(engine: Harness) -> None:
    run = await crash_in(engine, engine.workflow(PUT), "app.things.put")
    with engine.database.write() as session:
        session.execute(update(Run).values(recoveries=MAX_RECOVERIES))

    run = await engine.later(run, seconds=61)

    assert run.status == "held"
    assert engine.calls.count("app.things.put") == 1


async def test_runner_that_lost_its_lease_writes_nothing(engine: Harness) -> None:
    # given a run in the middle of a call
    go_on = asyncio.Event()

    async def slow(_: Any) -> dict[str, Any]:
        await go_on.wait()
        return {}

    engine.calls.scripts["app.things.put"] = lambda values: slow(values)
    accepted = await engine.accept(engine.workflow(PUT))
    await until_called(engine, "app.things.put")
    # when it is cancelled and the call comes back
    with engine.database.write() as session:
        session.execute(update(Run).values(status="cancelled", lease_owner=None))
    go_on.set()
    await engine.dispatcher.idle()
    # then nothing of it is stored
    run = engine.row(accepted.run_ids[0])
    assert run.status == "cancelled"
    assert engine.steps(run) == {}


async def test_clean_stop_puts_unfinished_runs_back(engine: Harness) -> None:
    engine.calls.scripts["app.things.put"] = hang
    accepted = await engine.accept(engine.workflow(PUT))
    await until_called(engine, "app.things.put")

    await engine.stop()

    run = engine.row(accepted.run_ids[0])
    assert (run.status, run.lease_owner, run.recoveries) == ("queued", None, 0)
    engine.calls.scripts.clear()
    await engine.restart()
    assert (await engine.later(run)).status == "succeeded"


async def test_same_event_twice_is_one_event_and_one_run(engine: Harness) -> None:
    target = engine.workflow(PUT)

    first, second = await asyncio.gather(*(engine.accept(target, dedupe="hook:1") for _ in range(2)))
    third = await engine.accept(target, dedupe="hook:1")
    await engine.dispatcher.idle()

    assert {first.event_id, second.event_id, third.event_id} == {first.event_id}
    assert sorted([first.duplicate, second.duplicate]) == [False, True]
    assert third.duplicate
    assert engine.calls.count("app.things.put") == 1
    with engine.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 1


async def test_runs_beyond_the_room_queue_and_finish_in_order(engine: Harness) -> None:
    engine.dispatcher._concurrency = 2
    target = engine.workflow({**PUT, "input": {"n": "{{ trigger.n }}"}})

    accepted = [await engine.accept(target, {"n": number}) for number in range(20)]
    for _ in range(20):
        await engine.dispatcher.claim_due()
        await engine.dispatcher.idle()

    assert {engine.row(one.run_ids[0]).status for one in accepted} == {"succeeded"}
    assert sorted(values["n"] for _, values in engine.calls.made) == list(range(20))


async def test_too_long_a_queue_refuses_new_events(engine: Harness) -> None:
    engine.dispatcher._concurrency, engine.dispatcher._max_queued = 0, 1
    target = engine.workflow(PUT)

    await engine.accept(target)
    with pytest.raises(Overloaded) as refused:
        await engine.accept(target)

    assert refused.value.retry_after > 0
