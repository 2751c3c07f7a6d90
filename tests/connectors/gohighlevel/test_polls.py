"""GoHighLevel's polling triggers from the look to the run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx

from tests.connectors.gohighlevel.deeds import ADA, PIPELINE, STAGES, add_contacts, add_deal, asked, ids, move
from tests.support.world import World
from web.sandbox.faults import Fault
from web.sandbox.settings import SANDBOX_GHL_LOCATION

Change = Callable[[dict[str, Any], list[str]], Any]


async def test_thousand_contacts_start_a_run_each_and_the_next_look_reads_one_page(world: World) -> None:
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


async def test_runs_start_in_the_order_in_which_contacts_were_added(world: World) -> None:
    workflow = world.listen("contacts.created_polled")
    world.down = True
    await world.settle()

    added = []
    for _ in range(5):
        added += add_contacts(world, 1)
        world.clock.forward(seconds=1)
    await world.later(minutes=6)

    assert ids(world.started(workflow)) == added


async def test_nothing_is_lost_when_pages_shift(world: World) -> None:
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


async def test_look_that_breaks_off_starts_nothing_and_the_next_one_everything(world: World) -> None:
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


async def test_contacts_added_while_stepline_was_off_for_a_week_are_found(world: World) -> None:
    workflow = world.listen("contacts.created_polled")
    await world.settle()
    world.down = True

    early = add_contacts(world, 1)
    world.clock.forward(days=7)
    late = add_contacts(world, 1)
    await world.settle()

    assert ids(world.started(workflow)) == early + late


async def test_every_change_of_a_contact_counts_but_just_added_ones_can_be_left_out(world: World) -> None:
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


async def test_tag_counts_each_time_it_is_added(world: World) -> None:
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


async def test_opportunities_are_paged_by_location_and_both_halves_of_the_cursor(world: World) -> None:
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


async def test_opportunity_that_moves_or_changes_is_noticed(world: World) -> None:
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


async def test_form_submission_starts_a_run_with_its_answers(world: World) -> None:
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


async def test_task_is_due_once_and_again_at_its_new_time(world: World) -> None:
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
