from __future__ import annotations

from typing import Any

import pytest

from tests.web.sandbox.world import HOOK, World
from web.sandbox import SANDBOX_GHL_TOKEN, SANDBOX_MAILERCLOUD_KEY, sandbox_public_key


async def state(world: World) -> dict[str, Any]:
    answer: dict[str, Any] = (await world.http.get("/_sandbox/state")).json()
    return answer


async def test_state_shows_both_vendors_hooks_deliveries_and_requests(world: World) -> None:
    world.listen("gohighlevel")
    await world.create_contact(email="lena@example.com")
    await world.delivered()

    shown = await state(world)

    assert {"contacts", "notes", "tasks", "appointments", "tags"} <= set(shown["gohighlevel"])
    assert {"lists", "contacts", "tags", "properties", "mails", "campaigns"} <= set(shown["mailercloud"])
    assert shown["gohighlevel"]["public_key"] == sandbox_public_key()
    assert shown["gohighlevel"]["contacts"][0]["email"] == "lena@example.com"
    assert shown["hooks"][0]["url"] == HOOK
    assert (shown["deliveries"][0]["event"], shown["deliveries"][0]["status"]) == (
        "ContactCreate",
        "delivered",
    )
    request = shown["requests"][0]
    assert (request["method"], request["path"], request["status"]) == ("POST", "/contacts/", 201)


async def test_request_journal_hides_credentials(world: World) -> None:
    await world.ghl("GET", "/contacts/?locationId=sandbox-location")
    await world.mailercloud("GET", "/client/plan")

    text = str((await state(world))["requests"])

    assert SANDBOX_GHL_TOKEN not in text
    assert SANDBOX_MAILERCLOUD_KEY not in text
    assert "[hidden]" in text


async def test_reset_brings_the_seeded_records_back_without_events(world: World) -> None:
    before = await state(world)
    world.listen("gohighlevel")
    await world.create_contact(email="lena@example.com")
    await world.ghl("DELETE", "/contacts/sandboxContactAda0001")
    await world.mailercloud("POST", "/list", {"name": "Another", "list_type": 1})
    await world.http.post("/_sandbox/faults", json={"vendor": "mailercloud", "kind": "500"})
    await world.delivered()
    world.receiver.requests.clear()

    await world.http.post("/_sandbox/reset")

    after = await state(world)
    emails = [contact["email"] for contact in after["gohighlevel"]["contacts"]]
    assert emails == [contact["email"] for contact in before["gohighlevel"]["contacts"]]
    assert after["mailercloud"]["lists"] == before["mailercloud"]["lists"]
    assert (after["deliveries"], after["requests"], after["faults"]) == ([], [], before["faults"])
    assert await world.delivered() == []


async def test_reset_frees_the_request_limit(world: World) -> None:
    for _ in range(101):
        last = await world.ghl("GET", "/locations/sandbox-location")

    await world.http.post("/_sandbox/reset")

    assert last.status_code == 429
    assert (await world.ghl("GET", "/locations/sandbox-location")).status_code == 200


@pytest.mark.parametrize(("body", "left"), [(None, 1), ({"hooks": True}, 0)])
async def test_hooks_outlive_a_reset_unless_it_says_otherwise(world: World, body: Any, left: int) -> None:
    world.listen("gohighlevel")

    await world.http.post("/_sandbox/reset", json=body)

    assert len((await state(world))["hooks"]) == left


async def test_same_hook_registered_twice_is_one_hook(world: World) -> None:
    body = {"vendor": "gohighlevel", "url": HOOK}

    first = await world.http.post("/_sandbox/hooks", json=body)
    second = await world.http.post("/_sandbox/hooks", json=body)

    assert first.status_code == 201
    assert first.json()["id"] == second.json()["id"]
    await world.create_contact(email="lena@example.com")
    assert len(await world.delivered()) == 1


async def test_removed_hook_hears_nothing_more(world: World) -> None:
    hook = (await world.http.post("/_sandbox/hooks", json={"vendor": "gohighlevel", "url": HOOK})).json()

    removed = await world.http.delete(f"/_sandbox/hooks/{hook['id']}")
    again = await world.http.delete(f"/_sandbox/hooks/{hook['id']}")

    assert (removed.status_code, again.status_code) == (200, 404)
    await world.create_contact(email="lena@example.com")
    assert await world.delivered() == []


@pytest.mark.parametrize(
    "body", [{"vendor": "nobody", "url": HOOK}, {"vendor": "gohighlevel", "url": "file:///etc/passwd"}, {}]
)
async def test_impossible_hook_is_refused_with_422(world: World, body: dict[str, str]) -> None:
    response = await world.http.post("/_sandbox/hooks", json=body)

    assert response.status_code == 422


async def test_body_that_is_no_json_is_refused_with_422(world: World) -> None:
    response = await world.http.post("/_sandbox/hooks", content=b"{no")

    assert response.status_code == 422


@pytest.mark.parametrize(("origin", "status"), [("http://evil.test", 403), ("http://sandbox.test", 200)])
async def test_pages_of_other_sites_cannot_press_the_buttons(world: World, origin: str, status: int) -> None:
    response = await world.http.post("/_sandbox/reset", headers={"Origin": origin})

    assert response.status_code == status
