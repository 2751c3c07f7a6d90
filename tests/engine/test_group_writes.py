"""Many events and many steps forward share a commit; each still gets the answer that is its own."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select, update

from engine.errors import LeaseLost
from engine.ids import new_id
from engine.intake import Accepted, AcceptEvent, NewEvent, Target
from engine.run_state import Advance, StepRecord
from engine.storage.tables import Event, Run, StepRun
from tests.support.engine import Harness


def arrival(engine: Harness, target: Target, dedupe: str) -> AcceptEvent:
    return AcceptEvent(new_id(), NewEvent("api", dedupe, {}), engine.clock(), [target], owner="me", run_ids=[new_id()])


def accept(engine: Harness, writes: list[AcceptEvent]) -> list[Accepted]:
    with engine.database.transaction() as connection:
        results = AcceptEvent.apply(connection, engine.database, writes)
    assert all(isinstance(result, Accepted) for result in results)
    return [result for result in results if isinstance(result, Accepted)]


def advance(engine: Harness, writes: list[Advance]) -> list[bool]:
    """Which of them were stored."""
    with engine.database.transaction() as connection:
        results = Advance.apply(connection, engine.database, writes)
    assert all(result is None or isinstance(result, LeaseLost) for result in results)
    return [result is None for result in results]


def counted(engine: Harness, table: type[Event | Run | StepRun]) -> int:
    with engine.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


async def test_new_events_are_all_stored_with_their_runs(engine: Harness) -> None:
    target = engine.workflow()

    results = accept(engine, [arrival(engine, target, f"event {number}") for number in range(20)])

    assert not any(result.duplicate for result in results)
    assert (counted(engine, Event), counted(engine, Run)) == (20, 20)


async def test_event_stored_before_is_known_again_among_new_ones(engine: Harness) -> None:
    target = engine.workflow()
    [first] = accept(engine, [arrival(engine, target, "twice")])

    results = accept(engine, [arrival(engine, target, key) for key in ("new", "twice", "newer")])

    assert [result.duplicate for result in results] == [False, True, False]
    assert results[1].event_id == first.event_id
    assert (counted(engine, Event), counted(engine, Run)) == (3, 3)


async def test_same_event_twice_in_one_commit_is_stored_once(engine: Harness) -> None:
    target = engine.workflow()

    results = accept(engine, [arrival(engine, target, key) for key in ("same", "other", "same")])

    assert [result.duplicate for result in results] == [False, False, True]
    assert results[2].event_id == results[0].event_id
    assert (counted(engine, Event), counted(engine, Run)) == (2, 2)


async def test_lost_lease_stops_its_own_run_only(engine: Harness) -> None:
    target = engine.workflow()
    runs = [result.run_ids[0] for result in accept(engine, [arrival(engine, target, str(n)) for n in range(3)])]
    with engine.database.write() as session:
        session.execute(update(Run).where(Run.id == runs[1]).values(lease_owner="somebody else"))
    step = StepRecord("one", 0, "action", engine.clock(), status="succeeded")

    stored = advance(engine, [Advance(run_id, "me", "succeeded", steps=[step]) for run_id in runs])

    assert stored == [True, False, True]
    assert [engine.row(run_id).status for run_id in runs] == ["succeeded", "running", "succeeded"]
    assert engine.row(runs[1]).lease_owner == "somebody else"
    assert counted(engine, StepRun) == 2


async def test_run_that_is_gone_stops_nobody_else(engine: Harness) -> None:
    target = engine.workflow()
    [result] = accept(engine, [arrival(engine, target, "here")])

    stored = advance(engine, [Advance(new_id(), "me", "succeeded"), Advance(result.run_ids[0], "me", "succeeded")])

    assert stored == [False, True]


async def test_step_is_written_again_as_it_changes(engine: Harness) -> None:
    target = engine.workflow()
    [result] = accept(engine, [arrival(engine, target, "here")])
    run_id, step = result.run_ids[0], StepRecord("one", 0, "action", engine.clock())

    advance(engine, [Advance(run_id, "me", "running", steps=[step])])
    step.finish("succeeded", engine.clock(), output={"a": 1})
    advance(engine, [Advance(run_id, "me", "succeeded", steps=[step])])

    stored = engine.steps(engine.row(run_id))["one"]
    assert (stored.status, stored.output, counted(engine, StepRun)) == ("succeeded", {"a": 1}, 1)


async def test_events_accepted_at_once_by_many_callers_are_told_apart(engine: Harness) -> None:
    target = engine.workflow()

    results = await asyncio.gather(*(engine.accept(target, dedupe=f"key {number % 10}") for number in range(50)))
    await engine.dispatcher.idle()

    assert sum(not result.duplicate for result in results) == 10
    assert len({result.event_id for result in results}) == 10
    assert counted(engine, Run) == 10
