"""The sandbox's OAuth: codes and refresh tokens work once, tokens end, and open only what was allowed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.clock import SettableClock
from tests.web.sandbox.world import World, open_world
from web.sandbox import (
    SANDBOX_GHL_CLIENT_ID,
    SANDBOX_GHL_CLIENT_SECRET,
    SANDBOX_GHL_COMPANY,
    SANDBOX_GHL_LOCATION,
    SANDBOX_GHL_SECOND_LOCATION,
)

CLIENT = {"client_id": SANDBOX_GHL_CLIENT_ID, "client_secret": SANDBOX_GHL_CLIENT_SECRET}
BACK = "https://stepline.test/oauth/callback"
SCOPES = "contacts.readonly locations.readonly oauth.readonly oauth.write"


@pytest.fixture
async def world(clock: SettableClock) -> AsyncIterator[World]:
    async with open_world(clock) as opened:
        yield opened


async def allowed(world: World, location: str = SANDBOX_GHL_LOCATION) -> dict[str, list[str]]:
    """The parameters with which the browser goes back."""
    query = {"client_id": SANDBOX_GHL_CLIENT_ID, "redirect_uri": BACK, "scope": SCOPES, "state": "s/1"}
    answer = await world.http.get("/ghl/v2/oauth/allow", params={**query, "location": location})
    assert answer.headers["location"].startswith(BACK)
    return parse_qs(urlsplit(answer.headers["location"]).query)


async def token(world: World, **form: str) -> httpx.Response:
    return await world.http.post("/ghl/oauth/token", data={**CLIENT, **form})


async def signed_in(world: World, location: str = SANDBOX_GHL_LOCATION) -> dict[str, Any]:
    code = (await allowed(world, location))["code"][0]
    answer = await token(world, grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def bearer(access_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token}"}


async def test_page_offers_every_location_and_the_agency(world: World) -> None:
    query = {"client_id": SANDBOX_GHL_CLIENT_ID, "redirect_uri": BACK, "scope": SCOPES, "state": "s"}
    page = await world.http.get("/ghl/v2/oauth/chooselocation", params=query)

    assert page.status_code == 200
    assert "Harbor Studio North" in page.text
    assert "The whole agency" in page.text
    assert "4 permissions" in page.text


async def test_page_knows_only_its_own_app(world: World) -> None:
    page = await world.http.get("/ghl/v2/oauth/chooselocation", params={"client_id": "other", "redirect_uri": BACK})
    assert page.status_code == 400


async def test_code_gives_a_token_for_the_location_once(world: World) -> None:
    back = await allowed(world)
    assert back["state"] == ["s/1"]
    form = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": BACK}

    first, second = await token(world, **form), await token(world, **form)

    body = first.json()
    assert (body["userType"], body["locationId"], body["expires_in"]) == ("Location", SANDBOX_GHL_LOCATION, 86_399)
    assert body["scope"] == SCOPES
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    answer = await world.ghl("GET", f"/locations/{SANDBOX_GHL_LOCATION}", **bearer(body["access_token"]))
    assert answer.status_code == 200


async def test_denial_goes_back_without_a_code(world: World) -> None:
    back = await allowed(world, "deny")
    assert back["error"] == ["access_denied"]
    assert "code" not in back


async def test_wrong_secret_and_wrong_address_are_refused(world: World) -> None:
    code = (await allowed(world))["code"][0]
    wrong = await token(world, grant_type="authorization_code", code=code, client_secret="guess")
    assert wrong.json()["error"] == "invalid_client"
    elsewhere = await token(world, grant_type="authorization_code", code=code, redirect_uri="https://evil.test")
    assert elsewhere.json()["error"] == "invalid_grant"


async def test_refresh_token_rotates_and_works_once(world: World) -> None:
    old = (await signed_in(world))["refresh_token"]

    renewed = (await token(world, grant_type="refresh_token", refresh_token=old)).json()
    again = await token(world, grant_type="refresh_token", refresh_token=old)

    assert renewed["refresh_token"] != old
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert world.sandbox.oauth.as_dict() == {"expires_in": 86_399, "refreshes": 1, "reuses": 1}


async def test_access_token_ends_and_can_be_made_to_end_soon(world: World, clock: SettableClock) -> None:
    await world.http.post("/_sandbox/oauth", json={"expires_in": 30})
    access = (await signed_in(world))["access_token"]
    path = f"/locations/{SANDBOX_GHL_LOCATION}"

    assert (await world.ghl("GET", path, **bearer(access))).status_code == 200
    clock.forward(seconds=31)
    assert (await world.ghl("GET", path, **bearer(access))).status_code == 401


async def test_revoking_takes_back_everything(world: World) -> None:
    body = await signed_in(world)
    await world.http.post("/_sandbox/oauth", json={"revoke": True})

    path = f"/locations/{SANDBOX_GHL_LOCATION}"
    assert (await world.ghl("GET", path, **bearer(body["access_token"]))).status_code == 401
    renewal = await token(world, grant_type="refresh_token", refresh_token=body["refresh_token"])
    assert renewal.json()["error"] == "invalid_grant"


async def test_nonsense_for_the_switch_is_refused(world: World) -> None:
    assert (await world.http.post("/_sandbox/oauth", json={"expires_in": "soon"})).status_code == 422


async def test_token_opens_only_what_was_allowed(world: World) -> None:
    access = bearer((await signed_in(world))["access_token"])

    assert (await world.ghl("GET", "/contacts/sandboxContactAda0001", **access)).status_code == 200
    write = await world.ghl("DELETE", "/contacts/sandboxContactAda0001", **access)
    assert (write.status_code, write.json()["message"]) == (401, "The token is not authorized for this scope.")
    other = await world.ghl("GET", f"/locations/{SANDBOX_GHL_SECOND_LOCATION}", **access)
    assert other.status_code == 403


async def test_token_of_the_second_location_opens_that_one_alone(world: World) -> None:
    access = bearer((await signed_in(world, SANDBOX_GHL_SECOND_LOCATION))["access_token"])

    own = await world.ghl("GET", f"/locations/{SANDBOX_GHL_SECOND_LOCATION}", **access)
    assert own.json()["location"]["name"] == "Harbor Studio North"
    assert (await world.ghl("GET", "/contacts/sandboxContactAda0001", **access)).status_code == 403


async def test_agency_token_lists_locations_and_is_exchanged_for_one(world: World) -> None:
    body = await signed_in(world, "")
    access = bearer(body["access_token"])
    assert body["userType"] == "Company"
    assert (await world.ghl("GET", "/contacts/sandboxContactAda0001", **access)).status_code == 401

    listed = await world.ghl("GET", f"/oauth/installedLocations?companyId={SANDBOX_GHL_COMPANY}&appId=x", **access)
    form = {"companyId": SANDBOX_GHL_COMPANY, "locationId": SANDBOX_GHL_LOCATION}
    headers = {**access, "Version": "2021-07-28"}
    narrow = await world.http.post("/ghl/oauth/locationToken", data=form, headers=headers)

    assert [row["_id"] for row in listed.json()["locations"]] == [SANDBOX_GHL_LOCATION, SANDBOX_GHL_SECOND_LOCATION]
    assert "refresh_token" not in narrow.json()
    own = bearer(narrow.json()["access_token"])
    assert (await world.ghl("GET", "/contacts/sandboxContactAda0001", **own)).status_code == 200


async def test_location_token_cannot_be_narrowed_down(world: World) -> None:
    access = bearer((await signed_in(world))["access_token"])
    listed = await world.ghl("GET", f"/oauth/installedLocations?companyId={SANDBOX_GHL_COMPANY}&appId=x", **access)
    assert listed.status_code == 401
