"""The list of events that arrived."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import NotFound
from engine.events import Events, subject
from engine.storage.database import Database
from tests.support.clock import SettableClock
from tests.support.history import History


@pytest.fixture
def history(database: Database, clock: SettableClock) -> History:
    return History(database, clock)


@pytest.fixture
def events(database: Database) -> Events:
    return Events(database)


def ids(events: Events, **filters: Any) -> list[str]:
    return [event.id for event in events.list(**filters).items]


def test_newest_events_come_first_page_by_page(events: Events, history: History) -> None:
    made = [history.event() for _ in range(3)]

    first = events.list(limit=2)
    second = events.list(limit=2, before=first.next)

    assert [event.id for event in first.items] == [made[2], made[1]]
    assert [event.id for event in second.items] == [made[0]]
    assert second.next is None


def test_event_that_started_nothing_is_kept_with_the_reason(events: Events, history: History) -> None:
    history.event()
    unmatched = history.event(status="unmatched", reason="Nobody listens.")

    (event,) = events.list(status="unmatched").items

    assert (event.id, event.reason, event.run_ids) == (unmatched, "Nobody listens.", ())


def test_events_are_narrowed_by_where_they_came_from(events: Events, history: History) -> None:
    history.event(source="hook")
    polled = history.event(source="poll")

    assert ids(events, source="poll") == [polled]


def test_events_of_a_workflow_are_paged_too(events: Events, history: History) -> None:
    welcome, goodbye = history.workflow("Welcome"), history.workflow("Goodbye")
    shared = history.event()
    runs = (history.run(welcome, event_id=shared), history.run(goodbye, event_id=shared))
    only_welcome = history.event()
    history.run(welcome, event_id=only_welcome)

    first = events.list(workflow_id=welcome, limit=1)
    second = events.list(workflow_id=welcome, limit=1, before=first.next)

    assert [event.id for event in (*first.items, *second.items)] == [only_welcome, shared]
    assert second.items[0].run_ids == runs
    assert ids(events, workflow_id=goodbye) == [shared]


def test_text_is_found_in_the_payload(events: Events, history: History) -> None:
    history.event({"email": "bob@example.com"})
    wanted = history.event({"email": "Änna@example.com"})

    assert ids(events, text="Änna@EXAMPLE") == [wanted]
    assert ids(events, text="nobody") == []


def test_one_event(events: Events, history: History) -> None:
    event_id = history.event({"email": "anna@example.com"}, operation="crm.contacts.created")

    event = events.get(event_id)

    assert (event.payload, event.subject) == ({"email": "anna@example.com"}, "anna@example.com")
    assert event.operation == "crm.contacts.created"
    with pytest.raises(NotFound):
        events.get("nobody")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"email": "anna@example.com", "name": "Anna"}, "anna@example.com"),
        ({"type": "x", "contact": {"name": "Anna"}}, "Anna"),
        ({"name": "Anna", "contact": {"email": "anna@example.com"}}, "anna@example.com"),
        ({"id": 7}, "7"),
        ({"email": " ", "phone": "+49 1"}, "+49 1"),
        ({"email": ["a"], "id": True}, ""),
        ([{"email": "anna@example.com"}], ""),
        (None, ""),
    ],
)
def test_subject_is_the_best_name_in_the_payload(payload: Any, expected: str) -> None:
    assert subject(payload) == expected
