"""Each recipe from its event to its effect: the real engine and connectors against the sandbox's two accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from engine.assembly import Stepline, open_stepline
from engine.settings import Settings
from tests.support.clock import SettableClock
from web.sandbox import Limit, SandboxSettings, create_sandbox
from web.sandbox.settings import (
    SANDBOX_GHL_CALENDAR,
    SANDBOX_GHL_LOCATION,
    SANDBOX_GHL_TOKEN,
    SANDBOX_GHL_USER,
    SANDBOX_MAILERCLOUD_APPOINTMENT_PROPERTY,
    SANDBOX_MAILERCLOUD_KEY,
    SANDBOX_MAILERCLOUD_LIST,
    SANDBOX_MAILERCLOUD_NOTES_PROPERTY,
    SANDBOX_SENDER_EMAIL,
)
from web.sandbox.state import Sandbox

JANE = {"email": "jane@example.com", "firstName": "Jane", "lastName": "Doe", "phone": "+442079460018"}
IN_LIST = {"email": "jane@example.com", "list_id": SANDBOX_MAILERCLOUD_LIST, "name": "Jane", "last_name": "Doe"}
STATUS = {"accepted": 202, "duplicate": 200, "probe": 200, "refused": 401}


@dataclass
class World:
    stepline: Stepline
    sandbox: Sandbox
    clock: SettableClock
    accounts: dict[str, str]

    def use(self, slug: str, **settings: Any) -> str:
        """Import a recipe, choose everything and switch it on; the workflow's id."""
        recipe = self.stepline.recipes.get(slug)
        imported = self.stepline.recipes.import_recipe(recipe, connections=self.accounts, settings=settings)
        assert imported.problems == []
        self.stepline.workflows.enable(imported.workflow.id)
        return imported.workflow.id

    async def settle(self) -> None:
        """Let polls, deliveries and runs go as far as they can."""
        await self.stepline.due_triggers.check_now()
        for _ in range(3):
            await self.sandbox.courier.settled()
            await self.stepline.dispatcher.claim_due()
            await self.stepline.dispatcher.idle()

    async def later(self, **duration: float) -> None:
        self.clock.forward(**duration)
        await self.settle()

    def statuses(self, workflow_id: str) -> list[str]:
        """Of the workflow's runs, oldest first."""
        runs = self.stepline.runs.list(workflow_id=workflow_id)
        return [run.status for run in reversed(runs.items)]


@pytest_asyncio.fixture
async def world(tmp_path: Path, clock: SettableClock) -> AsyncIterator[World]:
    tokens: dict[str, str] = {}

    async def deliver(request: httpx.Request) -> httpx.Response:
        receipt = await stepline.receiver.receive(
            request.url.path.rpartition("/")[2], request.method, dict(request.headers), request.content
        )
        return httpx.Response(STATUS[receipt.outcome])

    limits = SandboxSettings(ghl_burst=Limit(10_000, 10), mailercloud_rate=Limit(10_000, 1))
    courier = httpx.AsyncClient(transport=httpx.MockTransport(deliver))
    app = create_sandbox(limits, clock=clock, http=courier)
    services = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))
    sandbox: Sandbox = app.state.sandbox
    stepline = open_stepline(Settings.load(data_dir=tmp_path), http=services, clock=clock)
    await stepline.start()
    for alias, auth, values in (
        (
            "gohighlevel",
            "private_token",
            {
                "token": SANDBOX_GHL_TOKEN,
                "location_id": SANDBOX_GHL_LOCATION,
                "base_url": "http://sandbox.test/ghl",
                "webhook_public_key": sandbox.signer.public_key,
            },
        ),
        (
            "mailercloud",
            "api_key",
            {
                "api_key": SANDBOX_MAILERCLOUD_KEY,
                "base_url": "http://sandbox.test/mailercloud",
                "base_url_email": "http://sandbox.test/mailercloud-email",
            },
        ),
    ):
        connection = stepline.connections.create(alias, auth, alias, values)
        tokens[alias] = connection.id
        sandbox.hooks.add(alias, f"http://stepline.test{stepline.connections.hook(connection.id).path}")
    accounts = {"ghl": tokens["gohighlevel"], "mailercloud": tokens["mailercloud"]}
    yield World(stepline, sandbox, clock, accounts)
    await sandbox.close()
    await stepline.stop()
    await courier.aclose()


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
