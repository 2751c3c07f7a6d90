"""GoHighLevel's triggers from event to run: polls, hooks, and looks for what the hook missed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest_asyncio

from tests.support.clock import SettableClock
from tests.support.world import World, open_world
from web.sandbox.faults import Fault
from web.sandbox.settings import SANDBOX_GHL_CALENDAR, SANDBOX_GHL_LOCATION, SANDBOX_GHL_USER

Change = Callable[[dict[str, Any], list[str]], Any]
ADA = "sandboxContactAda0001"
PIPELINE = "sandboxPipelineSales1"
STAGES = [f"sandboxStage{number:09d}" for number in range(4)]


@pytest_asyncio.fixture
async def world(tmp_path: Path, database_url: str, clock: SettableClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, clock, database_url) as opened:
        yield opened


def add_contacts(world: World, count: int, **values: Any) -> list[str]:
    """Their ids; three at a time share a millisecond."""
    found = []
    for number in range(count):
        person = {"email": f"{uuid4()}@example.com", "firstName": "Person", **values}
        found.append(world.sandbox.ghl.contacts.create(person)["id"])
        world.clock.forward(milliseconds=number % 3 // 2)
    return found


def add_deal(world: World, name: str = "Sofas") -> dict[str, Any]:
    ghl = world.sandbox.ghl
    values = {"name": name, "status": "open", "contactId": ADA, "pipelineId": PIPELINE}
    return ghl.opportunities.create(ghl.contacts.get(ADA), ghl.pipeline(PIPELINE), values)


def move(world: World, deal: dict[str, Any], **values: Any) -> None:
    world.sandbox.ghl.opportunities.change(deal, values, world.sandbox.ghl.pipeline(PIPELINE))


def ids(events: Sequence[Any]) -> list[str]:
    return [event["id"] for event in events]


def asked(world: World, path: str) -> list[httpx.Request]:
    return [request for request in world.asked if request.url.path.endswith(path)]


class TestPolls:
    async def test_thousand_contacts_start_a_run_each_and_the_next_look_reads_one_page(self, world: World) -> None:
        workflow = world.listen("contacts.created_polled")
        world.down = True
        await world.settle()

        added = add_contacts(world, 1000)
        await world.later(minutes=6)
        searches = asked(world, "/contacts/search")
        await world.later(minutes=6)

        assert Counter(ids(world.started(workflow))) == Counter(added)
        bodies = [json.loads(request.content) for request in searches[1:]]
        assert len(bodies) == 11
        assert {body["locationId"] for body in bodies} == {SANDBOX_GHL_LOCATION}
        assert all("searchAfter" in body for body in bodies[1:])
        assert len(asked(world, "/contacts/search")) - len(searches) == 1

    async def test_runs_start_in_the_order_in_which_contacts_were_added(self, world: World) -> None:
        workflow = world.listen("contacts.created_polled")
        world.down = True
        await world.settle()

        added = []
        for _ in range(5):
            added += add_contacts(world, 1)
            world.clock.forward(seconds=1)
        await world.later(minutes=6)

        assert ids(world.started(workflow)) == added

    async def test_nothing_is_lost_when_pages_shift(self, world: World) -> None:
        workflow = world.listen("contacts.created_polled")
        world.down = True
        await world.settle()
        added = add_contacts(world, 350)
        extra: list[str] = []

        def shift(request: httpx.Request) -> None:
            if request.url.path.endswith("/contacts/search") and len(extra) < 20:
                extra.extend(add_contacts(world, 10))
                world.sandbox.ghl.remove_contact(world.sandbox.ghl.contacts.get(added[-1 - len(extra)]))

        world.after_request = shift
        await world.later(minutes=6)
        await world.later(minutes=6)

        started = ids(world.started(workflow))
        assert len(started) == len(set(started))
        assert set(added) - {added[-11], added[-21]} | set(extra) <= set(started)

    async def test_look_that_breaks_off_starts_nothing_and_the_next_one_everything(self, world: World) -> None:
        workflow = world.listen("contacts.created_polled")
        world.down = True
        await world.settle()
        added = add_contacts(world, 250)
        seen: list[httpx.Request] = []

        def fail_on_the_third_page(request: httpx.Request) -> None:
            seen.append(request)
            if len(seen) == 2:
                world.sandbox.faults.put("gohighlevel", Fault("500", left=1))

        world.after_request = fail_on_the_third_page
        await world.later(minutes=6)
        broken = ids(world.started(workflow))
        await world.later(hours=1)

        assert broken == []
        assert Counter(ids(world.started(workflow))) == Counter(added)

    async def test_contacts_added_while_stepline_was_off_for_a_week_are_found(self, world: World) -> None:
        workflow = world.listen("contacts.created_polled")
        await world.settle()
        world.down = True

        early = add_contacts(world, 1)
        world.clock.forward(days=7)
        late = add_contacts(world, 1)
        await world.settle()

        assert ids(world.started(workflow)) == early + late

    async def test_every_change_of_a_contact_counts_but_just_added_ones_can_be_left_out(self, world: World) -> None:
        workflow = world.listen("contacts.updated_polled", leave_out_new=True)
        world.down = True
        await world.settle()

        add_contacts(world, 1)
        for city in ("Bergen", "Oslo"):
            await world.later(minutes=6)
            world.sandbox.ghl.contacts.change(world.sandbox.ghl.contacts.get(ADA), {"city": city})
        await world.later(minutes=6)

        assert [event["city"] for event in world.started(workflow)] == ["Bergen", "Oslo"]
        assert ["Leave out contacts" in reason for reason in world.unmatched()] == [True]

    async def test_tag_counts_each_time_it_is_added(self, world: World) -> None:
        contacts = world.sandbox.ghl.contacts
        ada = contacts.get(ADA)
        contacts.add_tags(ada, ["vip"])
        workflow = world.listen("contacts.tagged_polled", tag="VIP")
        world.down = True
        await world.settle()
        ben, counts = contacts.get("sandboxContactBen0002"), []

        changes: list[tuple[Change, dict[str, Any], str]] = [
            (contacts.add_tags, ada, "other"),
            (contacts.add_tags, ben, "vip"),
            (contacts.remove_tags, ada, "vip"),
            (contacts.add_tags, ada, "vip"),
        ]
        for change, contact, tag in changes:
            change(contact, [tag])
            await world.later(minutes=6)
            counts.append(len(world.started(workflow)))

        assert counts == [0, 1, 1, 2]
        assert world.unmatched() == []

    async def test_opportunities_are_paged_by_location_and_both_halves_of_the_cursor(self, world: World) -> None:
        workflow = world.listen("opportunities.created_polled")
        await world.settle()

        added = [add_deal(world, f"Deal {number}")["id"] for number in range(230)]
        await world.later(minutes=6)

        assert Counter(ids(world.started(workflow))) == Counter(added)
        first, *others = [dict(request.url.params) for request in asked(world, "/opportunities/search")[1:]]
        assert "startAfter" not in first
        for query in others:
            assert {"location_id", "startAfter", "startAfterId", "date"} <= query.keys()
        assert len(others) == 2

    async def test_opportunity_that_moves_or_changes_is_noticed(self, world: World) -> None:
        deal = add_deal(world)
        moved = world.listen("opportunities.moved_polled", pipeline_id=PIPELINE)
        changed = world.listen("opportunities.changed_polled", pipeline_id=PIPELINE)
        await world.settle()

        world.clock.forward(seconds=1)
        move(world, deal, monetaryValue=900)
        await world.later(minutes=6)
        move(world, deal, pipelineStageId=STAGES[1])
        await world.later(minutes=6)

        assert [event["pipelineStageId"] for event in world.started(moved)] == [STAGES[1]]
        assert len(world.started(changed)) == 2

    async def test_form_submission_starts_a_run_with_its_answers(self, world: World) -> None:
        ghl = world.sandbox.ghl
        form = ghl.forms.forms[0]["id"]
        ghl.forms.submit(form, ghl.contacts.get(ADA))
        workflow = world.listen("forms.submitted_polled", formId=form)
        await world.settle()

        for number in range(120):
            ghl.forms.submit(form, ghl.contacts.get(ADA), {"question": number})
        ghl.forms.submit("another form", ghl.contacts.get(ADA))
        await world.later(minutes=6)

        assert sorted(event["others"]["question"] for event in world.started(workflow)) == list(range(120))

    async def test_task_is_due_once_and_again_at_its_new_time(self, world: World) -> None:
        ghl = world.sandbox.ghl
        overdue = {"title": "Old", "dueDate": "2026-03-01T09:00:00Z", "completed": False}
        ghl.tasks.create(ADA, overdue)
        workflow = world.listen("tasks.due_polled", minutes_before=60)
        await world.settle()

        soon = (world.clock.moment(hours=3)).isoformat()
        task = ghl.tasks.create(ADA, {"title": "Call", "dueDate": soon, "completed": False})
        counts = []
        for minutes in (6, 120, 6):
            await world.later(minutes=minutes)
            counts.append(len(world.started(workflow)))
        ghl.tasks.change(task, {"dueDate": world.clock.moment(minutes=30).isoformat()})
        await world.later(minutes=6)
        ghl.tasks.change(task, {"completed": True, "dueDate": world.clock.moment(minutes=20).isoformat()})
        await world.later(minutes=6)

        assert counts == [0, 1, 1]
        assert [event["title"] for event in world.started(workflow)] == ["Call", "Call"]


class TestLooksForWhatTheHookMissed:
    async def test_exactly_the_missed_contacts_are_started_by_the_look(self, world: World) -> None:
        workflow = world.listen("contacts.created")
        await world.settle()

        delivered = add_contacts(world, 30)
        await world.settle()
        world.down = True
        missed = add_contacts(world, 12)
        await world.settle()
        world.down = False
        delivered += add_contacts(world, 5)
        await world.settle()
        before = ids(world.started(workflow))
        await world.later(minutes=16)
        after = ids(world.started(workflow))
        await world.later(minutes=16)

        assert Counter(before) == Counter(delivered)
        assert Counter(after) == Counter(delivered + missed)
        assert len(world.started(workflow)) == len(after)

    async def test_look_brings_contacts_in_the_shape_of_the_hook(self, world: World) -> None:
        workflow = world.listen("contacts.created")
        await world.settle()
        person = {"tags": ["vip"], "companyName": "Northwind", "assignedTo": SANDBOX_GHL_USER, "city": "Bergen"}

        add_contacts(world, 1, **person)
        await world.settle()
        world.down = True
        add_contacts(world, 1, **person)
        await world.later(minutes=16)

        by_hook, by_look = world.started(workflow)
        own = {"id", "email", "dateAdded"}
        assert {k: v for k, v in by_hook.items() if k not in own} == {k: v for k, v in by_look.items() if k not in own}
        assert by_hook.keys() == by_look.keys()

    async def test_event_that_comes_after_the_look_starts_nothing_more(self, world: World) -> None:
        workflow = world.listen("contacts.created")
        await world.settle()

        world.late = True
        [added] = add_contacts(world, 1)
        await world.later(minutes=16)
        await world.arrive()

        assert ids(world.started(workflow)) == [added]
        assert world.unmatched() == ["It had started a run before."]

    async def test_contact_of_the_very_first_moment_is_started_by_its_event(self, world: World) -> None:
        workflow = world.listen("contacts.created")

        world.late = True
        [added] = add_contacts(world, 1)
        await world.settle()  # the first look sees it already
        await world.arrive()
        await world.later(minutes=16)

        assert ids(world.started(workflow)) == [added]

    async def test_without_webhooks_the_look_alone_makes_the_trigger_work(self, world: World) -> None:
        workflow = world.listen("contacts.created")
        world.down = True
        await world.settle()

        added = add_contacts(world, 3)
        await world.later(minutes=16)

        assert Counter(ids(world.started(workflow))) == Counter(added)

    async def test_looks_can_be_switched_off(self, world: World) -> None:
        workflow = world.listen("contacts.created", reconcile=False)
        await world.settle()

        world.down = True
        add_contacts(world, 3)
        await world.later(minutes=16)

        assert world.started(workflow) == []
        assert asked(world, "/contacts/search") == []

    async def test_filters_hold_for_missed_events_and_for_those_left_out_before(self, world: World) -> None:
        workflow = world.listen("contacts.created", tag="vip")
        await world.settle()

        [plain] = add_contacts(world, 1)
        await world.settle()
        world.down = True
        [vip] = add_contacts(world, 1, tags=["vip"])
        add_contacts(world, 1)
        world.sandbox.ghl.contacts.add_tags(world.sandbox.ghl.contacts.get(plain), ["vip"])
        await world.later(minutes=16)

        assert ids(world.started(workflow)) == [vip]
        assert ["Tag" in reason for reason in world.unmatched()] == [True, True]

    async def test_two_workflows_each_get_what_they_missed(self, world: World) -> None:
        looking, trusting = world.listen("contacts.created"), world.listen("contacts.created", reconcile=False)
        await world.settle()

        world.late = True
        [added] = add_contacts(world, 1)
        await world.later(minutes=16)
        await world.arrive()

        assert ids(world.started(looking)) == ids(world.started(trusting)) == [added]

    async def test_missed_change_is_found_and_a_change_of_anything_else_still_counts(self, world: World) -> None:
        contacts = world.sandbox.ghl.contacts
        workflow = world.listen("contacts.updated")
        await world.settle()
        ada = contacts.get(ADA)

        world.down = True
        contacts.change(ada, {"city": "Bergen"})
        await world.later(minutes=16)
        world.down = False
        world.clock.forward(hours=2)
        contacts.change(ada, {"customFields": [{"key": "plan", "field_value": "Agency"}]})
        await world.settle()
        contacts.change(ada, {"city": "Oslo"})
        await world.settle()
        await world.later(minutes=16)

        assert [event["city"] for event in world.started(workflow)] == ["Bergen", "Bergen", "Oslo"]

    async def test_change_of_tags_alone_is_no_missed_change(self, world: World) -> None:
        workflow = world.listen("contacts.updated")
        await world.settle()

        world.down = True
        world.sandbox.ghl.contacts.add_tags(world.sandbox.ghl.contacts.get(ADA), ["vip"])
        await world.later(minutes=16)

        assert world.started(workflow) == []

    async def test_list_behind_the_hook_starts_nothing_twice(self, world: World) -> None:
        """The hook tells of a change, and the list still shows the contact as it was."""
        contacts = world.sandbox.ghl.contacts
        workflow = world.listen("contacts.updated")
        await world.settle()
        ada = contacts.get(ADA)
        world.clock.forward(minutes=14)
        stale = dict(ada)

        contacts.change(ada, {"city": "Bergen"})
        await world.settle()
        fresh = dict(ada)
        world.clock.forward(minutes=2)
        ada.update(stale, dateUpdated=fresh["dateUpdated"])
        await world.settle()
        ada.update(fresh)
        await world.later(minutes=16)

        assert len(world.started(workflow)) == 1

    async def test_moved_opportunity_is_found_once_whoever_sees_it_first(self, world: World) -> None:
        deals = [add_deal(world, name) for name in ("hook", "look", "both")]
        workflow = world.listen("opportunities.stage_changed", pipelineId=PIPELINE)
        await world.settle()
        world.clock.forward(minutes=1)

        move(world, deals[0], pipelineStageId=STAGES[1])
        await world.settle()
        world.down = True
        move(world, deals[1], pipelineStageId=STAGES[1])
        await world.settle()
        world.down, world.late = False, True
        move(world, deals[2], pipelineStageId=STAGES[1])
        add_deal(world, "new")
        await world.later(minutes=16)
        await world.arrive()

        assert sorted(event["name"] for event in world.started(workflow)) == ["both", "hook", "look"]

    async def test_opportunity_that_moves_there_and_back_counts_both_times(self, world: World) -> None:
        deal = add_deal(world)
        workflow = world.listen("opportunities.stage_changed", pipelineId=PIPELINE)
        await world.settle()

        for stage in (STAGES[1], STAGES[0], STAGES[1]):
            world.clock.forward(minutes=1)
            move(world, deal, pipelineStageId=stage)
            await world.settle()
        await world.later(minutes=16)

        assert [event["pipelineStageId"] for event in world.started(workflow)] == [STAGES[1], STAGES[0], STAGES[1]]

    async def test_looks_need_the_pipeline_they_look_at(self, world: World) -> None:
        world.listen("opportunities.status_changed")
        await world.settle()
        without = len(asked(world, "/opportunities/search"))
        deal = add_deal(world)
        workflow = world.listen("opportunities.status_changed", pipelineId=PIPELINE, status="won")
        await world.settle()

        world.down = True
        world.clock.forward(minutes=1)
        move(world, deal, status="won")
        await world.later(minutes=16)

        assert without == 0
        assert ids(world.started(workflow)) == [deal["id"]]

    async def test_missed_appointments_and_changes_of_them_are_found(self, world: World) -> None:
        created = world.listen("appointments.created", calendarId=SANDBOX_GHL_CALENDAR)
        updated = world.listen("appointments.updated", calendarId=SANDBOX_GHL_CALENDAR)
        await world.settle()
        world.clock.forward(minutes=1)
        visit = {"calendarId": SANDBOX_GHL_CALENDAR, "contactId": ADA, "title": "Visit"}

        by_hook = world.sandbox.ghl.book_appointment(visit | {"startTime": "2026-03-09T11:00:00+00:00"})
        await world.settle()
        world.down = True
        missed = world.sandbox.ghl.book_appointment(visit | {"startTime": "2026-03-10T11:00:00+00:00"})
        world.clock.forward(minutes=1)
        world.sandbox.ghl.appointments.change(by_hook, {"startTime": "2026-03-11T11:00:00+00:00"})
        await world.later(minutes=16)
        world.down = False
        world.sandbox.ghl.appointments.change(missed, {"appointmentStatus": "cancelled"})
        await world.settle()
        await world.later(minutes=16)

        assert ids(world.started(created)) == [by_hook["id"], missed["id"]]
        assert ids(world.started(updated)) == [by_hook["id"], missed["id"]]

    async def test_missed_task_is_found(self, world: World) -> None:
        workflow = world.listen("tasks.created", assignedTo=SANDBOX_GHL_USER)
        await world.settle()
        task = {"title": "Call", "dueDate": "2026-03-05T09:00:00Z", "completed": False}

        by_hook = world.sandbox.ghl.tasks.create(ADA, task | {"assignedTo": SANDBOX_GHL_USER})
        await world.settle()
        world.down = True
        missed = world.sandbox.ghl.tasks.create(ADA, task | {"assignedTo": SANDBOX_GHL_USER})
        world.sandbox.ghl.tasks.create(ADA, task)
        await world.later(minutes=16)

        assert ids(world.started(workflow)) == [by_hook["id"], missed["id"]]


class TestTags:
    async def test_only_the_chosen_tag_counts_when_it_comes_and_goes(self, world: World) -> None:
        contacts = world.sandbox.ghl.contacts
        ada, ben = contacts.get(ADA), contacts.get("sandboxContactBen0002")
        contacts.add_tags(ada, ["vip"])
        await world.settle()
        added, removed = world.listen("contacts.tag_added", tag="VIP"), world.listen("contacts.tag_removed", tag="vip")
        await world.settle()
        counts = []

        changes: list[tuple[Change, dict[str, Any], str]] = [
            (contacts.add_tags, ada, "other"),
            (contacts.add_tags, ben, "vip"),
            (contacts.add_tags, ben, "other"),
            (contacts.remove_tags, ada, "vip"),
            (contacts.remove_tags, ada, "other"),
            (contacts.add_tags, ada, "vip"),
        ]
        for change, contact, tag in changes:
            change(contact, [tag])
            await world.later(minutes=1)
            counts.append((len(world.started(added)), len(world.started(removed))))
        await world.later(minutes=16)

        assert counts == [(0, 0), (1, 0), (1, 0), (1, 1), (1, 1), (2, 1)]
        assert (len(world.started(added)), len(world.started(removed))) == (2, 1)

    async def test_missed_changes_of_the_tag_are_found(self, world: World) -> None:
        contacts = world.sandbox.ghl.contacts
        ada, ben = contacts.get(ADA), contacts.get("sandboxContactBen0002")
        contacts.add_tags(ada, ["vip"])
        await world.settle()
        added, removed = world.listen("contacts.tag_added", tag="vip"), world.listen("contacts.tag_removed", tag="vip")
        await world.settle()

        world.down = True
        contacts.add_tags(ben, ["vip"])
        contacts.remove_tags(ada, ["vip"])
        await world.later(minutes=16)
        world.down = False
        contacts.add_tags(ada, ["vip"])
        await world.later(minutes=16)

        assert ids(world.started(added)) == [ben["id"], ada["id"]]
        assert ids(world.started(removed)) == [ada["id"]]

    async def test_event_that_changes_nothing_says_so(self, world: World) -> None:
        contacts = world.sandbox.ghl.contacts
        contacts.add_tags(contacts.get(ADA), ["vip"])
        await world.settle()
        world.listen("contacts.tag_added", tag="vip")
        await world.settle()

        contacts.add_tags(contacts.get(ADA), ["other"])
        await world.settle()

        assert world.unmatched()[0] == "It changes nothing that the trigger waits for."
