"""Looks for what the hook missed, beside GoHighLevel's instant triggers."""

from __future__ import annotations

from collections import Counter

from tests.connectors.gohighlevel.deeds import ADA, PIPELINE, STAGES, add_contacts, add_deal, asked, ids, move
from tests.support.world import World
from web.sandbox.settings import SANDBOX_GHL_CALENDAR, SANDBOX_GHL_USER


async def test_exactly_the_missed_contacts_are_started_by_the_look(world: World) -> None:
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


async def test_look_brings_contacts_in_the_shape_of_the_hook(world: World) -> None:
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


async def test_event_that_comes_after_the_look_starts_nothing_more(world: World) -> None:
    workflow = world.listen("contacts.created")
    await world.settle()

    world.late = True
    [added] = add_contacts(world, 1)
    await world.later(minutes=16)
    await world.arrive()

    assert ids(world.started(workflow)) == [added]
    assert world.unmatched() == ["It had started a run before."]


async def test_contact_of_the_very_first_moment_is_started_by_its_event(world: World) -> None:
    workflow = world.listen("contacts.created")

    world.late = True
    [added] = add_contacts(world, 1)
    await world.settle()  # the first look sees it already
    await world.arrive()
    await world.later(minutes=16)

    assert ids(world.started(workflow)) == [added]


async def test_without_webhooks_the_look_alone_makes_the_trigger_work(world: World) -> None:
    workflow = world.listen("contacts.created")
    world.down = True
    await world.settle()

    added = add_contacts(world, 3)
    await world.later(minutes=16)

    assert Counter(ids(world.started(workflow))) == Counter(added)


async def test_looks_can_be_switched_off(world: World) -> None:
    workflow = world.listen("contacts.created", reconcile=False)
    await world.settle()

    world.down = True
    add_contacts(world, 3)
    await world.later(minutes=16)

    assert world.started(workflow) == []
    assert asked(world, "/contacts/search") == []


async def test_filters_hold_for_missed_events_and_for_those_left_out_before(world: World) -> None:
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


async def test_two_workflows_each_get_what_they_missed(world: World) -> None:
    looking, trusting = world.listen("contacts.created"), world.listen("contacts.created", reconcile=False)
    await world.settle()

    world.late = True
    [added] = add_contacts(world, 1)
    await world.later(minutes=16)
    await world.arrive()

    assert ids(world.started(looking)) == ids(world.started(trusting)) == [added]


async def test_missed_change_is_found_and_a_change_of_anything_else_still_counts(world: World) -> None:
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


async def test_change_of_tags_alone_is_no_missed_change(world: World) -> None:
    workflow = world.listen("contacts.updated")
    await world.settle()

    world.down = True
    world.sandbox.ghl.contacts.add_tags(world.sandbox.ghl.contacts.get(ADA), ["vip"])
    await world.later(minutes=16)

    assert world.started(workflow) == []


async def test_list_behind_the_hook_starts_nothing_twice(world: World) -> None:
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


async def test_moved_opportunity_is_found_once_whoever_sees_it_first(world: World) -> None:
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


async def test_opportunity_that_moves_there_and_back_counts_both_times(world: World) -> None:
    deal = add_deal(world)
    workflow = world.listen("opportunities.stage_changed", pipelineId=PIPELINE)
    await world.settle()

    for stage in (STAGES[1], STAGES[0], STAGES[1]):
        world.clock.forward(minutes=1)
        move(world, deal, pipelineStageId=stage)
        await world.settle()
    await world.later(minutes=16)

    assert [event["pipelineStageId"] for event in world.started(workflow)] == [STAGES[1], STAGES[0], STAGES[1]]


async def test_looks_need_the_pipeline_they_look_at(world: World) -> None:
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


async def test_missed_appointments_and_changes_of_them_are_found(world: World) -> None:
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


async def test_missed_task_is_found(world: World) -> None:
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
