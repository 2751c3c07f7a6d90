"""Which sightings of a thing count, decided in the transaction that stores the event."""

from __future__ import annotations

from typing import Any

import pytest

from engine.storage.database import Database
from engine.storage.tables import Workflow
from engine.triggers import seen
from engine.triggers.seen import Known, Sighting
from tests.support.clock import SettableClock


@pytest.fixture
def workflow(database: Database, clock: SettableClock) -> str:
    now = clock()
    with database.write() as session:
        session.add(Workflow(id="w", name="W", draft={}, created_at=now, updated_at=now))
    return "w"


def sighting(clock: SettableClock, rule: Any, digest: str = "", key: str = "k", **values: Any) -> Sighting:
    return Sighting("w", key, digest, clock(), rule, **values)


def take(database: Database, *sightings: Sighting) -> list[bool]:
    with database.write() as session:
        return seen.take(session.connection(), database, sightings)


def remember(database: Database, *sightings: Sighting) -> None:
    with database.write() as session:
        seen.remember(session.connection(), database, sightings)


def state(database: Database, key: str = "k") -> Known | None:
    return seen.known(database, "w", [key]).get(key)


def test_thing_without_states_counts_once(database: Database, workflow: str, clock: SettableClock) -> None:
    hook, look = sighting(clock, "hook"), sighting(clock, "look")

    assert take(database, hook, hook, look) == [True, False, False]
    assert take(database, sighting(clock, "look", key="other")) == [True]
    assert take(database, sighting(clock, "hook", key="other")) == [False]


def test_event_of_what_was_there_at_the_first_look_counts(
    database: Database, workflow: str, clock: SettableClock
) -> None:
    remember(database, sighting(clock, "look"))

    assert take(database, sighting(clock, "hook")) == [True]


def test_every_event_of_a_change_counts_but_not_one_that_a_look_has_just_found(
    database: Database, workflow: str, clock: SettableClock
) -> None:
    assert take(database, *[sighting(clock, "hook", digest) for digest in ("a", "a", "b", "a")]) == [True] * 4

    assert take(database, sighting(clock, "look", "c", version=5)) == [True]
    clock.forward(minutes=30)
    assert take(database, sighting(clock, "hook", "c")) == [False]
    clock.forward(hours=2)
    assert take(database, sighting(clock, "hook", "c")) == [True]


def test_look_counts_only_if_nobody_was_faster(database: Database, workflow: str, clock: SettableClock) -> None:
    take(database, sighting(clock, "hook", "a"))

    assert take(database, sighting(clock, "look", "b", version=1)) == [False]
    assert take(database, sighting(clock, "look", "b", version=2)) == [True]
    known = state(database)
    assert known is not None
    assert (known.digest, known.version, known.source, known.seen_at) == ("b", 2, "poll", clock())


def test_remembering_never_overwrites_what_is_newer(database: Database, workflow: str, clock: SettableClock) -> None:
    take(database, sighting(clock, "hook", "new"))

    remember(database, sighting(clock, "look", "old"), sighting(clock, "look", "x", key="other"))

    assert state(database) == Known("new", 1, "hook", clock())
    assert state(database, "other") == Known("x", 1, "look", clock())


@pytest.mark.parametrize(
    ("emit", "counts"),
    [
        ("new_or_changed", [True, False, True, False, True]),
        ("changed", [False, False, True, False, True]),
        ("new", [True, False, False, False, False]),
    ],
)
def test_event_that_does_not_tell_what_changed_counts_by_what_it_changes(
    database: Database, workflow: str, clock: SettableClock, emit: Any, counts: list[bool]
) -> None:
    states = [sighting(clock, "change", digest, emit=emit) for digest in ("yes", "yes", "no", "no", "yes")]

    assert take(database, *states) == counts


def test_many_keys_are_looked_up_together(database: Database, workflow: str, clock: SettableClock) -> None:
    keys = [f"k{number}" for number in range(1201)]
    remember(database, *[sighting(clock, "look", "d", key=key) for key in keys])

    assert len(seen.known(database, "w", [*keys, "unknown"])) == len(keys)
    assert seen.known(database, "another workflow", keys) == {}


def test_answers_keep_the_order_of_the_sightings(database: Database, workflow: str, clock: SettableClock) -> None:
    take(database, sighting(clock, "hook", key="a"))
    clock.forward(days=1)

    assert take(database, *[sighting(clock, "hook", key=key) for key in ("c", "a", "b")]) == [True, False, True]
