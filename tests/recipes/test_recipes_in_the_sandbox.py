"""Each recipe from its event to its effect: the real engine and connectors against the sandbox's two accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.support.clock import SettableClock
from tests.support.world import World, open_world
from web.sandbox.settings import (
    SANDBOX_GHL_CALENDAR,
    SANDBOX_GHL_USER,
    SANDBOX_MAILERCLOUD_APPOINTMENT_PROPERTY,
    SANDBOX_MAILERCLOUD_LIST,
    SANDBOX_MAILERCLOUD_NOTES_PROPERTY,
    SANDBOX_SENDER_EMAIL,
)

JANE = {"email": "jane@example.com", "firstName": "Jane", "lastName": "Doe", "phone": "+442079460018"}
IN_LIST = {"email": "jane@example.com", "list_id": SANDBOX_MAILERCLOUD_LIST, "name": "Jane", "last_name": "Doe"}


@pytest_asyncio.fixture
async def world(tmp_path: Path, clock: SettableClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, clock) as opened:
        yield opened


WELCOME = {
    "list_id": SANDBOX_MAILERCLOUD_LIST,
    "tag": "Spring fair",
    "sender_email": SANDBOX_SENDER_EMAIL,
    "sender_name": "Doe Gardens",
    "welcome_subject": "Welcome",
    "welcome_text": "Good to have you.",
    "second_subject": "One more thing",
    "second_text": "Our opening hours.",
}


async def test_new_contact_is_welcomed_now_and_a_day_later(world: World) -> None:
    workflow = world.use("new-contact-welcome-sequence", **WELCOME)

    world.sandbox.ghl.contacts.create(dict(JANE))
    await world.settle()

    contact = world.sandbox.mailercloud.contacts.get("jane@example.com")
    assert (contact["name"], contact["last_name"], contact["phone"]) == ("Jane", "Doe", "+442079460018")
    assert contact["lists"] == [SANDBOX_MAILERCLOUD_LIST] and contact["tags"] == ["Spring fair"]
    [mail] = world.sandbox.mailercloud.mails.all()
    assert (mail["subject"], mail["to"]) == ("Welcome", ["jane@example.com"])
    assert mail["html"] == "<p>Hello Jane,</p>\n<p>Good to have you.</p>"
    assert world.statuses(workflow) == ["waiting"]

    await world.later(days=1, seconds=1)

    assert [mail["subject"] for mail in world.sandbox.mailercloud.mails.all()] == ["Welcome", "One more thing"]
    assert world.statuses(workflow) == ["succeeded"]


async def test_contact_without_an_address_is_not_welcomed(world: World) -> None:
    workflow = world.use("new-contact-welcome-sequence", **WELCOME)

    world.sandbox.ghl.contacts.create({"firstName": "Jane", "phone": "+442079460018"})
    await world.settle()

    assert world.sandbox.mailercloud.mails.all() == []
    assert world.statuses(workflow) == ["filtered"]


async def test_mailercloud_contact_reaches_gohighlevel_and_keeps_what_is_there(world: World) -> None:
    world.sandbox.ghl.contacts.create({**JANE, "firstName": "J."})
    workflow = world.use("mailercloud-contact-to-gohighlevel", list_id=SANDBOX_MAILERCLOUD_LIST)
    await world.settle()

    world.sandbox.mailercloud.contacts.upsert(dict(IN_LIST))
    await world.later(minutes=6)

    contact = world.sandbox.ghl.contacts.find("jane@example.com", None)
    assert contact is not None
    assert (contact["firstName"], contact["phone"]) == ("Jane", "+442079460018")
    assert "from mailercloud" in [tag.lower() for tag in contact["tags"]]
    assert world.statuses(workflow) == ["succeeded"]


async def test_changed_mailercloud_contact_gets_its_open_tasks(world: World) -> None:
    world.sandbox.mailercloud.contacts.upsert(dict(IN_LIST))
    person = world.sandbox.ghl.contacts.create(dict(JANE))
    due = {"dueDate": "2026-03-05T09:00:00Z"}
    world.sandbox.ghl.tasks.create(person["id"], {"title": "Call Jane", "completed": False, **due})
    world.sandbox.ghl.tasks.create(person["id"], {"title": "Invoice", "completed": True, **due})
    workflow = world.use(
        "mailercloud-change-pulls-contact-and-tasks",
        list_id=SANDBOX_MAILERCLOUD_LIST,
        property_id=SANDBOX_MAILERCLOUD_NOTES_PROPERTY,
    )
    await world.settle()

    contact = world.sandbox.mailercloud.contacts.get("jane@example.com")
    world.sandbox.mailercloud.contacts.update(contact, {"city": "Bath"})
    await world.later(minutes=6)
    await world.later(minutes=6)

    assert contact["custom_fields"] == {SANDBOX_MAILERCLOUD_NOTES_PROPERTY: "Open tasks: 1. Call Jane"}
    assert world.statuses(workflow) == ["succeeded"]


async def test_note_and_appointment_reach_mailercloud(world: World) -> None:
    world.sandbox.mailercloud.contacts.upsert(dict(IN_LIST))
    person = world.sandbox.ghl.contacts.create(dict(JANE))
    stranger = world.sandbox.ghl.contacts.create({"email": "sam@example.com"})
    notes = world.use(
        "notes-to-mailercloud-property",
        list_id=SANDBOX_MAILERCLOUD_LIST,
        property_id=SANDBOX_MAILERCLOUD_NOTES_PROPERTY,
    )
    appointments = world.use(
        "appointments-to-mailercloud-property",
        list_id=SANDBOX_MAILERCLOUD_LIST,
        property_id=SANDBOX_MAILERCLOUD_APPOINTMENT_PROPERTY,
    )

    world.sandbox.ghl.notes.create(person["id"], {"body": "Likes roses"})
    world.sandbox.ghl.notes.create(stranger["id"], {"body": "Not in the list"})
    visit = {
        "calendarId": SANDBOX_GHL_CALENDAR,
        "contactId": person["id"],
        "startTime": "2026-03-09T11:00:00+00:00",
        "title": "Garden visit",
    }
    world.sandbox.ghl.book_appointment(visit)
    await world.settle()

    fields = world.sandbox.mailercloud.contacts.get("jane@example.com")["custom_fields"]
    assert fields[SANDBOX_MAILERCLOUD_NOTES_PROPERTY] == "2 Mar 2026: Likes roses"
    assert fields[SANDBOX_MAILERCLOUD_APPOINTMENT_PROPERTY] == "9 Mar 2026 11:00, Garden visit"
    assert world.sandbox.mailercloud.contacts.by_email("sam@example.com") is None
    assert sorted(world.statuses(notes)) == ["filtered", "succeeded"]
    assert world.statuses(appointments) == ["succeeded"]


async def test_click_becomes_a_task_for_somebody_and_other_links_do_not(world: World) -> None:
    person = world.sandbox.ghl.contacts.create(dict(JANE))
    world.use("mailercloud-click-creates-gohighlevel-task", assigned_to=SANDBOX_GHL_USER, link_contains="/offer")
    mail = world.sandbox.mailercloud.mails.send(
        kind="campaign", campaign_name="March news", sender="", subject="", html="", recipients=["jane@example.com"]
    )

    world.sandbox.mailercloud.mails.react(mail, "click", "jane@example.com", "https://example.com/imprint")
    world.sandbox.mailercloud.mails.react(mail, "click", "jane@example.com", "https://example.com/offer")
    await world.settle()

    [task] = world.sandbox.ghl.tasks.of(person["id"])
    assert task["title"] == "Follow up: clicked in “March news”"
    assert task["assignedTo"] == SANDBOX_GHL_USER
    assert task["dueDate"].startswith("2026-03-03")


async def test_unsubscribe_stops_mail_in_gohighlevel_and_only_mail(world: World) -> None:
    person = world.sandbox.ghl.contacts.create(dict(JANE))
    workflow = world.use("unsubscribe-sets-do-not-disturb")
    mail = world.sandbox.mailercloud.mails.send(
        kind="campaign", campaign_name="March news", sender="", subject="", html="", recipients=["jane@example.com"]
    )

    world.sandbox.mailercloud.mails.react(mail, "unsubscribe", "jane@example.com")
    await world.settle()

    contact = world.sandbox.ghl.contacts.get(person["id"])
    assert contact["dndSettings"]["Email"]["status"] == "active"
    assert set(contact["dndSettings"]) == {"Email"}
    assert "unsubscribed" in [tag.lower() for tag in contact["tags"]]
    assert world.statuses(workflow) == ["succeeded"]
