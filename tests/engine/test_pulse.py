"""A page that is open learns of every change, and only of changes."""

from __future__ import annotations

from sqlalchemy import update

from engine.pulse import Pulse
from engine.storage.database import Database
from engine.storage.tables import Run, StepRun
from tests.support.clock import SettableClock
from tests.support.history import History


def change(database: Database, run_id: str, **values: object) -> None:
    with database.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(**values))


def test_pulse_of_the_list_stands_still_while_nothing_happens(database: Database, clock: SettableClock) -> None:
    history, pulse = History(database, clock), Pulse(database)
    empty = pulse.of_runs()
    history.run(history.workflow())
    assert pulse.of_runs() == pulse.of_runs() != empty


def test_pulse_of_the_list_changes_with_a_new_run_and_with_its_state(database: Database, clock: SettableClock) -> None:
    history, pulse = History(database, clock), Pulse(database)
    workflow = history.workflow()
    old = history.run(workflow, "waiting")
    seen = [pulse.of_runs()]
    for _ in range(60):
        history.run(workflow)
    seen.append(pulse.of_runs())
    change(database, old, status="succeeded")
    seen.append(pulse.of_runs())
    assert len(set(seen)) == 3


def test_pulse_of_a_run_changes_with_its_steps(database: Database, clock: SettableClock) -> None:
    history, pulse = History(database, clock), Pulse(database)
    workflow = history.workflow()
    run, other = history.run(workflow, "running"), history.run(workflow, "running")
    seen = [pulse.of_run(run)]
    history.step(run, "first", 0, status="running")
    seen.append(pulse.of_run(run))
    with database.write() as session:
        session.execute(update(StepRun).values(status="succeeded", finished_at=clock()))
    seen.append(pulse.of_run(run))
    change(database, run, status="failed")
    seen.append(pulse.of_run(run))
    assert len(set(seen)) == 4

    before = pulse.of_run(run)
    change(database, other, status="failed")
    assert pulse.of_run(run) == before


def test_pulse_of_events_changes_with_a_new_event(database: Database, clock: SettableClock) -> None:
    history, pulse = History(database, clock), Pulse(database)
    seen = [pulse.of_events()]
    history.event({"email": "anna@example.com"})
    seen.append(pulse.of_events())
    assert seen[0] != seen[1] == pulse.of_events()
