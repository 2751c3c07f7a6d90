from __future__ import annotations

from typing import Any

import pytest

from tests.support.clock import SettableClock
from tests.web.sandbox.world import World
from web.sandbox import SANDBOX_MAILERCLOUD_LIST, SANDBOX_MAILERCLOUD_NOTES_PROPERTY

LENA = {"email": "lena@example.com", "list_id": SANDBOX_MAILERCLOUD_LIST, "name": "Lena"}


async def post(world: World, path: str, body: Any) -> Any:
    response = await world.mailercloud("POST", path, body)
    assert response.status_code == 200, response.text
    return response.json()


async def contact(world: World, id_or_email: str) -> dict[str, Any]:
    response = await world.mailercloud("GET", f"/contacts/{id_or_email}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["data"]
    return found


@pytest.mark.parametrize("key", ["", "wrong", "Bearer wrong"])
async def test_bad_key_is_refused_with_401(world: World, key: str) -> None:
    response = await world.http.get("/mailercloud/client/plan", headers={"Authorization": key})

    assert response.status_code == 401
    assert response.json()["errors"][0]["message"]


@pytest.mark.parametrize("key", ["sandbox-mailercloud-key", "Bearer sandbox-mailercloud-key"])
async def test_key_is_taken_raw_and_as_bearer(world: World, key: str) -> None:
    response = await world.http.get("/mailercloud/client/plan", headers={"Authorization": key})

    assert response.json()["data"]["used_contacts"] == 1


async def test_request_51_within_a_second_is_refused(world: World, clock: SettableClock) -> None:
    for _ in range(50):
        await world.mailercloud("GET", "/client/plan")

    refused = await world.mailercloud("GET", "/client/plan")
    clock.forward(seconds=1)
    fits = await world.mailercloud("GET", "/client/plan")

    assert (refused.status_code, fits.status_code) == (429, 200)


async def test_created_contact_can_be_read_by_id_and_by_email(world: World) -> None:
    answer = await post(world, "/contacts", LENA)

    by_id = await contact(world, answer["id"])
    assert by_id == await contact(world, "lena%40example.com")
    assert by_id["first_name"] == "Lena"
    assert by_id["lists"] == [SANDBOX_MAILERCLOUD_LIST]
    assert list(answer) == ["id"]


async def test_contact_that_is_in_the_list_is_refused(world: World) -> None:
    await post(world, "/contacts", LENA)

    response = await world.mailercloud("POST", "/contacts", LENA)

    assert response.status_code == 400
    assert response.json() == {"message": "Contact already exist"}


async def test_contact_of_another_list_joins_this_one_too(world: World) -> None:
    first = await post(world, "/contacts", LENA)
    second = await post(world, "/contacts", LENA | {"list_id": "sbNews"})

    assert first == second
    assert (await contact(world, first["id"]))["lists"] == [SANDBOX_MAILERCLOUD_LIST, "sbNews"]


async def test_unknown_list_is_refused_with_401(world: World) -> None:
    created = await world.mailercloud("POST", "/contacts", LENA | {"list_id": "nowhere"})
    searched = await world.mailercloud("POST", "/contact/search/nowhere", {"page": 1, "limit": 10})

    assert (created.status_code, searched.status_code) == (401, 401)


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"email": "nobody"}, "email", "Invalid email"),
        ({"email": ""}, "email", "email is a required field"),
        ({"name": "L" * 26}, "name", "name must be a maximum of 25 characters in length"),
        ({"tags": ["never made"]}, "tags", "Tag not found: never made"),
        ({"contact_type": "asleep"}, "contact_type", "Invalid contact type"),
        ({"custom_fields": {"nothing": "x"}}, "custom_fields", "Invalid custom field nothing"),
        (
            {"custom_fields": {SANDBOX_MAILERCLOUD_NOTES_PROPERTY: 7}},
            "custom_fields",
            "CRM notes must be a text",
        ),
    ],
)
async def test_value_the_vendor_does_not_take_is_refused_with_400(
    world: World, values: dict[str, Any], field: str, message: str
) -> None:
    response = await world.mailercloud("POST", "/contacts/upsert", LENA | values)

    assert response.status_code == 400
    assert response.json() == {"errors": [{"field": field, "message": message}]}


async def test_upsert_creates_then_updates_and_keeps_earlier_tags(world: World) -> None:
    first = await post(world, "/contacts/upsert", LENA | {"tags": ["welcome"]})
    second = await post(world, "/contacts/upsert", LENA | {"last_name": "Hart", "tags": ["customer"]})

    assert (first["status"], second["status"]) == ("created", "updated")
    assert first["contact_id"] == second["contact_id"]
    held = await contact(world, first["contact_id"])
    assert (held["first_name"], held["last_name"]) == ("Lena", "Hart")
    assert held["tags"] == ["welcome", "customer"]


async def test_newer_field_names_mean_the_older_ones(world: World) -> None:
    values = {"email": "lena@example.com", "list_id": SANDBOX_MAILERCLOUD_LIST}
    answer = await post(world, "/contacts", values | {"first_name": "Lena", "postal_code": "97209"})

    rows = (await post(world, f"/contact/search/{SANDBOX_MAILERCLOUD_LIST}", {"page": 1, "limit": 10}))["data"]

    assert rows[0]["id"] == answer["id"]
    assert (rows[0]["name"], rows[0]["zip"]) == ("Lena", "97209")


@pytest.mark.parametrize("by", ["id", "email"])
async def test_update_changes_given_fields_by_id_or_email(world: World, by: str) -> None:
    created = await post(world, "/contacts", LENA)
    path = f"/contacts/{created['id'] if by == 'id' else 'lena%40example.com'}"
    notes = {SANDBOX_MAILERCLOUD_NOTES_PROPERTY: "Met at the fair"}

    response = await world.mailercloud("PUT", path, {"custom_fields": notes})

    assert response.json() == {"message": "Contact updated successfully"}
    held = await contact(world, created["id"])
    assert (held["first_name"], held["custom_fields"]) == ("Lena", notes)


async def test_update_refuses_the_email(world: World) -> None:
    created = await post(world, "/contacts", LENA)

    response = await world.mailercloud("PUT", f"/contacts/{created['id']}", {"email": "new@example.com"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "email"


async def test_deleted_contact_is_gone_from_its_lists(world: World) -> None:
    created = await post(world, "/contacts", LENA)

    await world.mailercloud("DELETE", f"/contacts/{created['id']}")

    assert (await world.mailercloud("GET", f"/contacts/{created['id']}")).status_code == 404
    search = await post(world, f"/contact/search/{SANDBOX_MAILERCLOUD_LIST}", {"page": 1, "limit": 10})
    assert search == {"data": [], "contact_count": 0}


async def test_batch_counts_inserted_updated_and_skipped(world: World) -> None:
    await post(world, "/contacts", LENA)
    rows = [{"email": "lena@example.com"}, {"email": "mira@example.com"}, {"email": "MIRA@example.com"}]

    answer = await post(world, "/contacts/batch", {"list_id": SANDBOX_MAILERCLOUD_LIST, "contacts": rows})

    assert answer == {"data": {"submitted": 3, "inserted": 1, "updated": 1, "skipped": 1}}


@pytest.mark.parametrize(
    "rows", [[], [{"email": f"p{n}@example.com"} for n in range(51)], [{"email": "x@y.com"}, {"email": "bad"}]]
)
async def test_batch_that_is_empty_too_long_or_has_a_bad_row_changes_nothing(
    world: World, rows: list[dict[str, str]]
) -> None:
    body = {"list_id": SANDBOX_MAILERCLOUD_LIST, "contacts": rows}

    response = await world.mailercloud("POST", "/contacts/batch", body)

    assert response.status_code == 400
    assert response.json()["errors"]["message"]
    assert len(world.sandbox.mailercloud.contacts) == 1


async def test_list_of_2500_contacts_is_read_page_by_page(roomy: World) -> None:
    for start in range(0, 2_500, 50):
        rows = [{"email": f"p{number}@example.com"} for number in range(start, start + 50)]
        await post(roomy, "/contacts/batch", {"list_id": SANDBOX_MAILERCLOUD_LIST, "contacts": rows})

    emails: list[str] = []
    for page in range(1, 27):
        body = {"page": page, "limit": 100}
        answer = await post(roomy, f"/contact/search/{SANDBOX_MAILERCLOUD_LIST}", body)
        assert answer["contact_count"] == 2_500
        emails += [row["email"] for row in answer["data"]]

    assert len(emails) == len(set(emails)) == 2_500


async def test_search_in_a_list_finds_by_email(world: World) -> None:
    await post(world, "/contacts", LENA)
    await post(world, "/contacts", LENA | {"email": "mira@example.com", "name": "Mira"})

    body = {"page": 1, "limit": 10, "search": "mira@"}
    answer = await post(world, f"/contact/search/{SANDBOX_MAILERCLOUD_LIST}", body)

    assert [row["email"] for row in answer["data"]] == ["mira@example.com"]
    assert answer["contact_count"] == 1


@pytest.mark.parametrize("body", [{"page": 1, "limit": 9}, {"page": 1, "limit": 101}, {"page": 0, "limit": 10}, {}])
async def test_page_or_limit_out_of_range_is_refused_with_400(world: World, body: dict[str, int]) -> None:
    response = await world.mailercloud("POST", "/lists/search", body)

    assert response.status_code == 400
