"""A support person's first question: what happened to the run of this e-mail address?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from engine.ids import first_id, new_id
from engine.runs import Runs, search
from engine.storage.database import Database
from engine.storage.tables import Event, Run
from tests.support.clock import SettableClock
from tests.support.history import History


@pytest.fixture
def history(database: Database, clock: SettableClock) -> History:
    return History(database, clock)


def many(database: Database, history: History, count: int, **payload: str) -> str:
    """A workflow with this many runs; returns its id."""
    workflow = history.workflow("Busy")
    first = history.run(workflow, payload=payload)
    with database.write() as session:
        known = session.get_one(Run, first)
        made = [new_id() for _ in range(count - 1)]
        common = {"created_at": known.created_at}
        event = {"source": "hook", "status": "accepted", "payload": payload, **common}
        run = {"workflow_id": workflow, "version_id": known.version_id, "status": "succeeded", "mode": "live", **common}
        session.execute(insert(Event), [{"id": one, "dedupe": one, **event} for one in made])
        session.execute(insert(Run), [{"id": new_id(), "event_id": one, **run} for one in made])
    return workflow


def test_old_run_is_found_among_many_newer_ones(database: Database, history: History) -> None:
    wanted = history.run(history.workflow("Rare"), payload={"email": "jane@example.com"})
    many(database, history, search.FIRST_LOOK * 2, email="somebody@example.com")

    assert [run.id for run in Runs(database).list(text="JANE@example").items] == [wanted]


def test_pages_of_a_search_neither_repeat_nor_skip(database: Database, history: History) -> None:
    many(database, history, 130, email="somebody@example.com")
    runs, seen, before = Runs(database), [], None
    while True:
        page = runs.list(text="somebody@", before=before, limit=50)
        seen += [run.id for run in page.items]
        if page.next is None:
            break
        before = page.next

    assert len(seen) == len(set(seen)) == 130
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("many_runs", [1, 1_000_000])
def test_search_together_with_filters(database: Database, history: History, many_runs: int) -> None:
    """Whichever way it goes about it."""
    welcome, goodbye = history.workflow("Welcome"), history.workflow("Goodbye")
    failed = history.run(welcome, "failed", payload={"email": "jane@example.com"})
    history.run(welcome, "succeeded", payload={"email": "jane@example.com"})
    history.run(welcome, "failed", payload={"email": "ben@example.com"})
    history.run(goodbye, "failed", payload={"email": "jane@example.com"})

    filters = [Run.workflow_id == welcome, Run.status == "failed"]
    with database.read() as session:
        assert search.found(session, "jane", filters, None, 50, many=many_runs) == [failed]


def test_runs_of_a_stretch_of_time(database: Database, history: History, clock: SettableClock) -> None:
    workflow = history.workflow()
    made = []
    for minutes in (0, 30, 60):
        run = history.run(workflow)
        moved = first_id(clock() + timedelta(minutes=minutes))[:12] + run[12:]
        with database.write() as session:
            session.execute(update(Run).where(Run.id == run).values(id=moved))
        made.append(moved)

    def within(start: int, end: int) -> list[str]:
        since, until = clock() + timedelta(minutes=start), clock() + timedelta(minutes=end)
        return [run.id for run in Runs(database).list(since=since, until=until).items]

    assert within(0, 60) == [made[1], made[0]]
    assert within(60, 90) == [made[2]]


def test_repeats_of_a_run_are_known(database: Database, history: History) -> None:
    workflow = history.workflow()
    first, again, other = (history.run(workflow) for _ in range(3))
    with database.write() as session:
        session.execute(update(Run).where(Run.id == again).values(replay_of=first))
    runs = Runs(database)

    assert [run.id for run in runs.repeats(first)] == [again]
    assert runs.repeats(other) == []
