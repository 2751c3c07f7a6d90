from __future__ import annotations

import pytest

from tests.support.clock import SettableClock
from tests.web.sandbox.world import World, open_world
from web.sandbox import Limit, SandboxSettings

CONTACTS = "/contacts/?locationId=sandbox-location"


async def test_good_credentials_are_let_in(world: World) -> None:
    response = await world.ghl("GET", CONTACTS)

    assert response.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": ""}, {"Authorization": "sandbox-ghl-token"}, {"Authorization": "Bearer wrong"}],
)
async def test_bad_login_is_refused_with_401(world: World, headers: dict[str, str]) -> None:
    response = await world.ghl("GET", CONTACTS, **headers)

    assert response.status_code == 401
    assert response.json()["statusCode"] == 401


@pytest.mark.parametrize(
    ("version", "message"),
    [("", "version header was not found."), ("2020-01-01", "version header is invalid")],
)
async def test_missing_or_unpublished_version_is_refused_with_401(world: World, version: str, message: str) -> None:
    response = await world.ghl("GET", CONTACTS, Version=version)

    assert response.status_code == 401
    assert response.json()["message"] == message


@pytest.mark.parametrize("version", ["2021-04-15", "2021-07-28", "2023-02-21", "v3"])
async def test_every_published_version_is_taken(world: World, version: str) -> None:
    response = await world.ghl("GET", CONTACTS, Version=version)

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/contacts/", None),
        ("GET", "/contacts/?locationId=another", None),
        ("POST", "/contacts/", {"email": "new@example.com"}),
        ("POST", "/contacts/upsert", {"email": "new@example.com", "locationId": "another"}),
        ("POST", "/contacts/search", {"pageLimit": 10}),
        ("GET", "/contacts/search/duplicate?email=new@example.com", None),
        ("GET", "/locations/another", None),
        ("GET", "/locations/another/tags", None),
        ("GET", "/users/", None),
        ("GET", "/opportunities/search", None),
    ],
)
async def test_wrong_or_missing_location_is_refused_with_403(
    world: World, method: str, path: str, body: object
) -> None:
    response = await world.ghl(method, path, body)

    assert response.status_code == 403
    assert response.json()["message"] == "The token does not have access to this location."


async def test_unknown_path_is_a_404_in_the_vendors_shape(world: World) -> None:
    response = await world.ghl("GET", "/nothing/here")

    assert response.status_code == 404
    assert response.json()["message"] == "Cannot GET /nothing/here"


async def test_known_path_with_another_method_is_a_404(world: World) -> None:
    response = await world.ghl("PATCH", "/contacts/")

    assert response.status_code == 404


async def test_body_that_is_no_json_is_refused_with_400(world: World) -> None:
    headers = {"Authorization": "Bearer sandbox-ghl-token", "Version": "2021-07-28"}

    response = await world.http.post("/ghl/contacts/", content=b"{no", headers=headers)

    assert response.status_code == 400


async def test_answers_carry_the_vendors_limit_headers(world: World) -> None:
    await world.ghl("GET", CONTACTS)

    response = await world.ghl("GET", CONTACTS)

    assert {k: v for k, v in response.headers.items() if k.startswith("x-ratelimit")} == {
        "x-ratelimit-limit-daily": "200000",
        "x-ratelimit-daily-remaining": "199998",
        "x-ratelimit-interval-milliseconds": "10000",
        "x-ratelimit-max": "100",
        "x-ratelimit-remaining": "98",
    }


async def test_request_101_within_ten_seconds_is_refused_until_the_window_has_rolled_on(
    world: World, clock: SettableClock
) -> None:
    # given 100 requests, the first of them six seconds before the rest
    await world.ghl("GET", CONTACTS)
    clock.forward(seconds=6)
    for _ in range(99):
        assert (await world.ghl("GET", CONTACTS)).status_code == 200

    # when
    refused = await world.ghl("GET", CONTACTS)
    clock.forward(seconds=4.1)
    fits = await world.ghl("GET", CONTACTS)
    refused_again = await world.ghl("GET", CONTACTS)

    # then
    assert refused.status_code == 429
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert "retry-after" not in refused.headers
    assert fits.status_code == 200
    assert refused_again.status_code == 429


async def test_daily_limit_outlives_the_burst_window(clock: SettableClock) -> None:
    settings = SandboxSettings(ghl_daily=Limit(2, 86_400))
    async with open_world(clock, settings) as world:
        await world.ghl("GET", CONTACTS)
        await world.ghl("GET", CONTACTS)
        clock.forward(hours=1)

        refused = await world.ghl("GET", CONTACTS)
        clock.forward(hours=24)
        fits = await world.ghl("GET", CONTACTS)

    assert (refused.status_code, fits.status_code) == (429, 200)


async def test_refused_logins_use_up_no_requests(world: World) -> None:
    for _ in range(120):
        await world.ghl("GET", CONTACTS, Authorization="Bearer wrong")

    response = await world.ghl("GET", CONTACTS)

    assert response.headers["x-ratelimit-remaining"] == "99"
