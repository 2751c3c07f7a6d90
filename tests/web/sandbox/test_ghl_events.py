from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jsonschema import Draft202012Validator

from tests.support.clock import SettableClock
from tests.web.sandbox.world import World, open_world
from web.sandbox import SANDBOX_GHL_CALENDAR, SandboxSettings, sandbox_public_key

REFEREE = Path(__file__).parents[2] / "referee" / "gohighlevel" / "webhooks"
ADA = "sandboxContactAda0001"
TASK = {"title": "Call", "dueDate": "2026-03-03T09:00:00Z", "completed": False}


async def make_every_change(world: World) -> None:
    contact = await world.create_contact(email="lena@example.com", firstName="Lena", tags=["vip"])
    path = f"/contacts/{contact['id']}"
    await world.ghl("PUT", path, {"city": "Bergen"})
    await world.ghl("POST", f"{path}/tags", {"tags": ["customer"]})
    await world.ghl("PUT", path, {"dnd": True, "dndSettings": {"Email": {"status": "active"}}})
    note = (await world.ghl("POST", f"{path}/notes", {"body": "Hello"})).json()["note"]
    await world.ghl("PUT", f"{path}/notes/{note['id']}", {"body": "Hello again"})
    await world.ghl("DELETE", f"{path}/notes/{note['id']}")
    task = (await world.ghl("POST", f"{path}/tasks", TASK)).json()["task"]
    await world.ghl("PUT", f"{path}/tasks/{task['id']}/completed", {"completed": True})
    await world.ghl("DELETE", f"{path}/tasks/{task['id']}")
    booking = {"calendarId": SANDBOX_GHL_CALENDAR, "contactId": contact["id"]}
    booking |= {"locationId": "sandbox-location", "startTime": "2026-03-05T16:00:00Z"}
    booked = (await world.ghl("POST", "/calendars/events/appointments", booking)).json()
    await world.ghl("PUT", f"/calendars/events/appointments/{booked['id']}", {"title": "Moved"})
    await world.ghl("DELETE", f"/calendars/events/{booked['id']}")
    await change_an_opportunity(world, contact["id"])
    await world.ghl("DELETE", path)


async def change_an_opportunity(world: World, contact_id: str) -> None:
    deal: dict[str, Any] = {
        "locationId": "sandbox-location",
        "pipelineId": "sandboxPipelineSales1",
        "contactId": contact_id,
    }
    deal |= {"name": "Website", "status": "open", "monetaryValue": 1200}
    created = (await world.ghl("POST", "/opportunities/", deal)).json()["opportunity"]
    path = f"/opportunities/{created['id']}"
    changes: list[dict[str, Any]] = [
        {"pipelineStageId": "sandboxStage000000001"},
        {"assignedTo": "sandboxUserJonas00002"},
        {"monetaryValue": 900},
        {"name": "Website and shop"},
    ]
    for change in changes:
        await world.ghl("PUT", path, change)
    await world.ghl("PUT", f"{path}/status", {"status": "won"})
    await world.ghl("DELETE", path)


EVENTS = [
    "ContactCreate",
    "ContactUpdate",
    "ContactTagUpdate",
    "ContactDndUpdate",
    "NoteCreate",
    "NoteUpdate",
    "NoteDelete",
    "TaskCreate",
    "TaskComplete",
    "TaskDelete",
    "AppointmentCreate",
    "AppointmentUpdate",
    "AppointmentDelete",
    "OpportunityCreate",
    "OpportunityStageUpdate",
    "OpportunityAssignedToUpdate",
    "OpportunityMonetaryValueUpdate",
    "OpportunityUpdate",
    "OpportunityStatusUpdate",
    "OpportunityDelete",
    "ContactDelete",
]


async def test_every_change_is_announced_once_as_the_vendors_event(world: World) -> None:
    world.listen("gohighlevel")

    await make_every_change(world)

    assert [payload["type"] for payload in await world.delivered()] == EVENTS


async def test_events_fit_the_vendors_schemas(world: World) -> None:
    world.listen("gohighlevel")
    await make_every_change(world)

    for payload in await world.delivered():
        described = json.loads((REFEREE / f"{payload['type']}.json").read_text())
        Draft202012Validator(described["schema"]).validate(payload)
        unknown = set(payload) - set(described["schema"]["properties"]) - {"timestamp", "webhookId"}
        assert unknown == set(), payload["type"]


async def test_event_carries_contact_location_time_and_an_id_of_its_own(world: World) -> None:
    world.listen("gohighlevel")
    await world.create_contact(email="lena@example.com", firstName="Lena", tags=["vip"])
    await world.create_contact(email="mira@example.com")

    first, second = await world.delivered()

    assert first["email"] == "lena@example.com"
    assert first["tags"] == ["vip"]
    assert first["locationId"] == "sandbox-location"
    assert first["timestamp"] == "2026-03-02T09:00:00.000Z"
    assert first["webhookId"] != second["webhookId"]


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.ghl("PUT", f"/contacts/{ADA}", {"city": "Portland"}),
        lambda world: world.ghl("POST", f"/contacts/{ADA}/tags", {"tags": ["customer"]}),
        lambda world: world.ghl("DELETE", f"/contacts/{ADA}/tags", {"tags": ["never there"]}),
        lambda world: world.ghl("GET", f"/contacts/{ADA}"),
    ],
)
async def test_nothing_changed_means_no_event(world: World, change: Any) -> None:
    world.listen("gohighlevel")

    await change(world)

    assert await world.delivered() == []


def public_key(encoded: str) -> Ed25519PublicKey:
    key = load_der_public_key(base64.b64decode(encoded))
    assert isinstance(key, Ed25519PublicKey)
    return key


async def test_signature_over_the_raw_body_verifies_with_the_documented_public_key(world: World) -> None:
    world.listen("gohighlevel")
    await world.create_contact(email="lena@example.com")
    await world.delivered()
    request = world.receiver.requests[0]
    signature = base64.b64decode(request.headers["X-GHL-Signature"])

    public_key(sandbox_public_key()).verify(signature, request.content)

    with pytest.raises(InvalidSignature):
        public_key(sandbox_public_key()).verify(signature, request.content + b" ")


async def test_another_signing_key_shows_its_public_half_in_the_state(clock: SettableClock) -> None:
    async with open_world(clock, SandboxSettings(signing_key=b"k" * 32)) as world:
        world.listen("gohighlevel")
        await world.create_contact(email="lena@example.com")
        await world.delivered()
        request = world.receiver.requests[0]
        shown = (await world.http.get("/_sandbox/state")).json()["gohighlevel"]["public_key"]

    assert shown != sandbox_public_key()
    public_key(shown).verify(base64.b64decode(request.headers["X-GHL-Signature"]), request.content)


async def test_hook_receives_only_its_own_vendors_events(world: World) -> None:
    world.listen("mailercloud")

    await world.create_contact(email="lena@example.com")

    assert await world.delivered() == []
