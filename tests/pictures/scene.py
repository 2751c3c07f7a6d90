"""A small agency's Stepline, as it might look after some weeks: for pictures and for looking around.

The other apps are the sandbox, reached without a network, so that connections, steps and their requests are real.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

import httpx
from sqlalchemy import update

from engine.accounts import User
from engine.assembly import Stepline, open_stepline
from engine.clock import system_clock
from engine.settings import Settings
from engine.storage.tables import Connection
from tests.pictures import past
from tests.support.history import History
from web import sandbox as box
from web.demo import WELCOME_SETTINGS

HERE = "http://sandbox.test"
RECIPES: Mapping[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "new-contact-welcome-sequence": (WELCOME_SETTINGS | {"delay_days": 1}, "New leads", ("e-mail", "onboarding")),
    "mailercloud-contact-to-gohighlevel": ({"list_id": box.SANDBOX_MAILERCLOUD_LIST}, "Keep in step", ("sync",)),
    "notes-to-mailercloud-property": (
        {"list_id": box.SANDBOX_MAILERCLOUD_LIST, "property_id": box.SANDBOX_MAILERCLOUD_NOTES_PROPERTY},
        "Keep in step",
        ("sync",),
    ),
    "appointments-to-mailercloud-property": (
        {"list_id": box.SANDBOX_MAILERCLOUD_LIST, "property_id": box.SANDBOX_MAILERCLOUD_APPOINTMENT_PROPERTY},
        "Keep in step",
        ("sync",),
    ),
    "mailercloud-click-creates-gohighlevel-task": (
        {"assigned_to": box.SANDBOX_GHL_USER, "link_contains": "/offer"},
        "Sales",
        ("e-mail", "sales"),
    ),
    "unsubscribe-sets-do-not-disturb": ({}, "", ("consent",)),
}
TRAFFIC = {
    "new-contact-welcome-sequence": (96.0, 2, 6, 1.9),
    "mailercloud-contact-to-gohighlevel": (64.0, 1, 3, 0.7),
    "notes-to-mailercloud-property": (38.0, 4, 12, 0.9),
    "appointments-to-mailercloud-property": (16.0, 2, 4, 0.8),
    "mailercloud-click-creates-gohighlevel-task": (12.0, 0, 40, 0.5),
}


@dataclass
class Scene:
    stepline: Stepline
    sandbox: box.Sandbox
    owner: User
    accounts: dict[str, str]
    """Connection ids: ghl, ghl_yacht, ghl_app (nobody has signed in yet), mailercloud, mailercloud_events."""
    workflows: dict[str, str]
    """Workflow ids by recipe, and `router`."""
    runs: dict[str, str]
    """Run ids by what they show: waiting, failed, held, replay, loop, dry."""
    events: dict[str, str]
    """Event ids: refused, unmatched."""


@asynccontextmanager
async def scene(data_dir: Path, public_url: str) -> AsyncIterator[Scene]:
    """The engine runs during the block; serving its pages is the caller's affair."""
    app = box.create_sandbox(
        box.SandboxSettings(ghl_burst=box.Limit(10_000, 10), mailercloud_rate=box.Limit(10_000, 1))
    )
    services = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))
    stepline = open_stepline(Settings.load(data_dir=data_dir, public_url=public_url, development=True), http=services)
    await stepline.start()
    try:
        link = stepline.accounts.create_login_link("setup", None, timedelta(hours=1))
        owner = stepline.accounts.claim(link, "olivia@harbor.example", "Olivia Lund", "harbor studio 2026")
        made = Scene(stepline, app.state.sandbox, owner, {}, {}, {}, {})
        await _furnish(made)
        yield made
    finally:
        await app.state.sandbox.close()
        await stepline.stop()


async def _furnish(made: Scene) -> None:
    ben = made.stepline.accounts.create_user("ben@harbor.example", "Ben Okafor", None)
    await _connect(made)
    _make_workflows(made, ben)
    _make_router(made)
    _write_history(made)
    await _run_some(made)


async def _connect(made: Scene) -> None:
    connections, key = made.stepline.connections, made.sandbox.signer.public_key
    ghl = {"token": box.SANDBOX_GHL_TOKEN, "location_id": box.SANDBOX_GHL_LOCATION, "webhook_public_key": key}
    ghl |= {"base_url": f"{HERE}/ghl"}
    mail = {"api_key": box.SANDBOX_MAILERCLOUD_KEY, "base_url": f"{HERE}/mailercloud"}
    mail |= {"base_url_email": f"{HERE}/mailercloud-email", "webhook_id": box.SANDBOX_MAILERCLOUD_WEBHOOK}
    for alias, connector, auth, name, values in (
        ("ghl", "gohighlevel", "private_token", "Harbor Studio", ghl),
        ("ghl_yacht", "gohighlevel", "private_token", "Yacht Club (client)", ghl),
        ("mailercloud", "mailercloud", "api_key", "Newsletter", mail),
        ("mailercloud_events", "mailercloud", "api_key", "Events list", {**mail, "api_key": "revoked"}),
    ):
        made.accounts[alias] = connections.create(connector, auth, name, values).id
        await connections.test(made.accounts[alias])
    app = {"client_id": "66f0-agency", "client_secret": "not a real one"}
    made.accounts["ghl_app"] = connections.create("gohighlevel", "oauth", "Agency app", app).id
    old = system_clock() - timedelta(days=412)
    with made.stepline.database.write() as session:
        session.execute(update(Connection).where(Connection.id == made.accounts["ghl_yacht"]).values(created_at=old))


def _make_workflows(made: Scene, ben: User) -> None:
    stepline = made.stepline
    folders: dict[str, str] = {}
    for slug, (settings, folder, tags) in RECIPES.items():
        imported = stepline.recipes.import_recipe(
            stepline.recipes.get(slug),
            connections={"ghl": made.accounts["ghl"], "mailercloud": made.accounts["mailercloud"]},
            settings=settings,
        )
        made.workflows[slug] = imported.workflow.id
        if folder and folder not in folders:
            folders[folder] = stepline.folders.create(folder).id
        stepline.workflows.organise(
            [imported.workflow.id],
            folder_id=folders.get(folder),
            add_tags=tags,
            owner_id=(ben if "sync" in tags else made.owner).id,
        )
        stepline.workflows.enable(imported.workflow.id, user_id=made.owner.id)
    greet = {"key": "greet", "kind": "action", "operation": "mailercloud.emails.send", "input": {"to_name": "{{ x }}"}}
    birthday: dict[str, Any] = {"trigger": {"operation": "schedule.times.interval"}, "steps": [greet]}
    made.workflows["birthday"] = stepline.workflows.create(
        "Birthday greetings", birthday, description="Writes to people on their birthday.", owner_id=ben.id
    ).id
    stepline.workflows.disable(made.workflows["unsubscribe-sets-do-not-disturb"])


def _make_router(made: Scene) -> None:
    """A workflow with branches and a loop, published twice and changed since."""
    workflows, versions = made.stepline.workflows, made.stepline.versions
    ghl = made.accounts["ghl"]
    tasks = {
        "key": "each_task",
        "kind": "loop",
        "title": "For each open task",
        "items": "{{ trigger.tasks }}",
        "steps": [
            {
                "key": "shout",
                "kind": "action",
                "title": "Write it in capitals",
                "operation": "formatter.text.change_case",
                "input": {"text": "{{ steps.each_task.item }}", "case": "upper"},
            }
        ],
    }
    find = {
        "key": "find",
        "kind": "search",
        "title": "Find the contact",
        "operation": "gohighlevel.contacts.search",
        "connection": ghl,
        "input": {"email": "{{ trigger.email }}"},
        "if_none": "continue",
    }
    vip = {
        "key": "vip",
        "title": "Big budget",
        "match": "all",
        "rules": [{"left": "{{ trigger.budget }}", "test": "greater_than", "right": "10000"}],
        "steps": [tasks],
    }
    split = {
        "key": "split",
        "kind": "paths",
        "title": "How big is the project?",
        "branches": [vip, {"key": "otherwise", "title": "Everyone else", "steps": []}],
    }
    trigger = {"operation": "webhook.hooks.received", "title": "The form on the website is sent"}
    draft: dict[str, Any] = {"trigger": trigger, "steps": [find, tasks]}
    made_one = workflows.create("Route project enquiries", draft, description="From the form on harbor.example.")
    made.workflows["router"] = made_one.id
    workflows.organise([made_one.id], add_tags=["sales"], owner_id=made.owner.id)
    versions.publish(made_one.id, note="First try", user_id=made.owner.id)
    saved = versions.save_draft(made_one.id, {"trigger": trigger, "steps": [find, split]}, 1)
    workflows.enable(made_one.id, user_id=made.owner.id)
    versions.publish(made_one.id, note="Big projects first", user_id=made.owner.id)
    changed = {**find, "title": "Look the contact up", "input": {"email": "{{ trigger.email | lower }}"}}
    versions.save_draft(made_one.id, {"trigger": trigger, "steps": [changed, split]}, saved.draft_revision)


def _write_history(made: Scene) -> None:
    sources = []
    for slug, (a_day, failed, filtered, seconds) in TRAFFIC.items():
        record = made.stepline.workflows.get(made.workflows[slug])
        operation = record.draft["trigger"]["operation"]
        assert record.live_version_id
        sources.append(past.Source(record.id, record.live_version_id, operation, a_day, failed, filtered, seconds))
    past.fill(made.stepline.database, sources, system_clock() - timedelta(minutes=25))


async def _run_some(made: Scene) -> None:
    """Real runs of every colour."""
    stepline, random = made.stepline, Random(3)
    for _ in range(4):
        await _start(made, "new-contact-welcome-sequence", {**past.person(random), "type": "ContactCreate"})
    made.runs["waiting"] = await _start(
        made,
        "new-contact-welcome-sequence",
        {
            "email": "anna.berg@example.com",
            "firstName": "Anna",
            "lastName": "Berg",
            "phone": "+46 8 1234 5678",
            "companyName": "Berg Boats",
            "city": "Stockholm",
            "country": "SE",
            "source": "Website form",
        },
    )
    enquiry = {"email": "anna.berg@example.com", "budget": 25_000, "tasks": ["call back", "send the offer", "invoice"]}
    made.runs["loop"] = await _start(made, "router", enquiry)
    made.runs["dry"] = await _start(made, "new-contact-welcome-sequence", past.person(random), mode="dry")
    broken = {"email": "hugo.lind@example.com", "budget": 18_000}
    made.runs["failed"] = await _start(made, "router", broken)
    accepted = await stepline.run_control.replay(made.runs["failed"], payload={**broken, "tasks": ["call back"]})
    made.runs["replay"] = accepted.run_ids[0]
    await stepline.connections.rotate(made.accounts["mailercloud"], {"api_key": box.SANDBOX_MAILERCLOUD_KEY})
    await stepline.dispatcher.idle()
    await _hold(made)


async def _hold(made: Scene) -> None:
    """A workflow that uses the account whose key was revoked."""
    stepline = made.stepline
    step = {
        "key": "tag",
        "kind": "action",
        "title": "Tag the guest",
        "operation": "mailercloud.contacts.tag",
        "connection": made.accounts["mailercloud_events"],
        "input": {"contact": "{{ trigger.email }}", "tags": ["Summer party"]},
    }
    trigger = {"operation": "webhook.hooks.received", "title": "A ticket is sold"}
    workflow = stepline.workflows.create(
        "Guests of the summer party",
        {"trigger": trigger, "steps": [step]},
        description="Tags everybody who has a ticket.",
    )
    made.workflows["party"] = workflow.id
    stepline.workflows.organise([workflow.id], add_tags=["events"], owner_id=made.owner.id)
    stepline.workflows.enable(workflow.id)
    for name in ("mina.keller", "luca.rossi"):
        made.runs["held"] = await _start(made, "party", {"email": f"{name}@example.com"})
    await stepline.dispatcher.idle()
    await _miss(made)


async def _miss(made: Scene) -> None:
    """Events that start nothing."""
    stepline = made.stepline
    definition = {"trigger": {"operation": "webhook.hooks.received"}, "steps": []}
    off = stepline.workflows.create("Old contact form", definition)
    token = stepline.hooks.for_workflow(off.id).token
    body = b'{"email": "kira.weber@example.com", "message": "Do you build boats?"}'
    receipt = await stepline.receiver.receive(token, "POST", {"content-type": "application/json"}, body)
    made.events["refused"] = receipt.event_ids[0]
    history = History(stepline.database, stepline.clock)
    invoice = {"number": "2026-117", "lines": [{"item": {"name": "Mooring", "months": 2}}], "total": {"amount": 420}}
    payload = {"type": "InvoicePaid", "email": "jonas.tanaka@example.com", "invoice": invoice}
    hook = stepline.connections.hook(made.accounts["ghl"])
    reason = "No switched-on workflow listens for “InvoicePaid”."
    made.events["unmatched"] = history.event(payload, status="unmatched", reason=reason, hook_id=hook.id)


async def _start(made: Scene, workflow: str, payload: dict[str, Any], mode: Literal["live", "dry"] = "live") -> str:
    record = made.stepline.workflows.get(made.workflows[workflow])
    assert record.live_version_id
    accepted = await made.stepline.run_control.start(record.id, record.live_version_id, payload, mode=mode)
    await made.stepline.dispatcher.idle()
    return accepted.run_ids[0]
