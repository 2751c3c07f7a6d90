from __future__ import annotations

from typing import Any

import pytest

from tests.web.sandbox.world import World

NEW = {"locationId": "sandbox-location", "email": "lena@example.com"}
PLAN = "/client/plan"


async def switch(world: World, vendor: str, kind: str, **more: Any) -> None:
    body = {"vendor": vendor, "kind": kind} | more
    response = await world.http.post("/_sandbox/faults", json=body)
    assert response.status_code == 200, response.text


def contacts(world: World) -> set[str]:
    return {contact["email"] for contact in world.sandbox.ghl.contacts.book.newest_first()}


async def test_429_names_the_time_to_wait_and_does_nothing(world: World) -> None:
    await switch(world, "gohighlevel", "429", retry_after=7)

    response = await world.ghl("POST", "/contacts/", NEW)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "7"
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert "lena@example.com" not in contacts(world)


async def test_429_can_leave_the_time_to_wait_out(world: World) -> None:
    await switch(world, "mailercloud", "429", retry_after=None)

    response = await world.mailercloud("GET", PLAN)

    assert response.status_code == 429
    assert "Retry-After" not in response.headers


@pytest.mark.parametrize("vendor", ["gohighlevel", "mailercloud"])
async def test_401_refuses_a_key_that_is_right(world: World, vendor: str) -> None:
    ask = {"gohighlevel": ("/locations/sandbox-location", world.ghl), "mailercloud": (PLAN, world.mailercloud)}[vendor]
    await switch(world, vendor, "401")

    refused = await ask[1]("GET", ask[0])
    await switch(world, vendor, "none")
    accepted = await ask[1]("GET", ask[0])

    assert (refused.status_code, accepted.status_code) == (401, 200)


async def test_500_does_nothing(world: World) -> None:
    await switch(world, "gohighlevel", "500")

    response = await world.ghl("POST", "/contacts/", NEW)

    assert response.status_code == 500
    assert "lena@example.com" not in contacts(world)


async def test_timeout_before_hangs_and_does_nothing(world: World) -> None:
    await switch(world, "gohighlevel", "timeout_before")

    response = await world.ghl("POST", "/contacts/", NEW)

    assert response.status_code == 504
    assert world.naps.taken == [90]
    assert "lena@example.com" not in contacts(world)


async def test_timeout_after_hangs_but_does_what_was_asked(world: World) -> None:
    await switch(world, "gohighlevel", "timeout_after")

    response = await world.ghl("POST", "/contacts/", NEW)

    assert response.status_code == 504
    assert "lena@example.com" in contacts(world)


async def test_slow_answers_after_the_delay(world: World) -> None:
    await switch(world, "mailercloud", "slow", ms=2500)

    response = await world.mailercloud("GET", PLAN)

    assert response.status_code == 200
    assert world.naps.taken == [2.5]


async def test_fault_ends_after_the_asked_number_of_requests(world: World) -> None:
    await switch(world, "mailercloud", "500", count=2)

    answers = [(await world.mailercloud("GET", PLAN)).status_code for _ in range(3)]

    assert answers == [500, 500, 200]


async def test_fault_without_a_number_stays_until_cleared(world: World) -> None:
    await switch(world, "mailercloud", "500")
    before = [(await world.mailercloud("GET", PLAN)).status_code for _ in range(5)]

    await switch(world, "mailercloud", "none")
    after = await world.mailercloud("GET", PLAN)

    assert before == [500] * 5
    assert after.status_code == 200


async def test_fault_spoils_only_its_own_vendor(world: World) -> None:
    await switch(world, "mailercloud", "500")

    response = await world.ghl("GET", "/locations/sandbox-location")

    assert response.status_code == 200


async def test_fault_can_be_narrowed_to_a_path(world: World) -> None:
    await switch(world, "mailercloud", "500", path="/lists/search")

    plan = await world.mailercloud("GET", PLAN)
    lists = await world.mailercloud("POST", "/lists/search", {"page": 1, "limit": 10})

    assert (plan.status_code, lists.status_code) == (200, 500)


async def test_spoiled_requests_say_so_in_the_journal(world: World) -> None:
    await switch(world, "gohighlevel", "500", count=1)
    await world.ghl("GET", "/contacts/")

    state = (await world.http.get("/_sandbox/state")).json()

    assert state["requests"][-1]["fault"] == "500"
    assert state["faults"]["gohighlevel"]["kind"] == "none"


@pytest.mark.parametrize(
    "body",
    [
        {"vendor": "nobody", "kind": "500"},
        {"vendor": "mailercloud", "kind": "explode"},
        {"vendor": "mailercloud", "kind": "500", "count": 0},
        {"vendor": "mailercloud", "kind": "500", "count": "many"},
    ],
)
async def test_impossible_switch_is_refused_with_422(world: World, body: dict[str, Any]) -> None:
    response = await world.http.post("/_sandbox/faults", json=body)

    assert response.status_code == 422
    assert response.json()["error"]
