from __future__ import annotations

from typing import Any

import pytest

from tests.web.sandbox.world import World
from web.sandbox import SANDBOX_GHL_LOCATION

ADA = "sandboxContactAda0001"
PLAN_FIELD = "sandboxFieldPlan00001"


async def upsert(world: World, **values: Any) -> dict[str, Any]:
    response = await world.ghl("POST", "/contacts/upsert", {"locationId": SANDBOX_GHL_LOCATION} | values)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_created_contact_can_be_read_back(world: World) -> None:
    created = await world.create_contact(
        firstName="Lena", lastName="Hart", email="Lena@Example.com", phone="(202) 555-0188", tags=["VIP"]
    )

    response = await world.ghl("GET", f"/contacts/{created['id']}")

    contact = response.json()["contact"]
    assert contact["name"] == "Lena Hart"
    assert contact["email"] == "lena@example.com"
    assert contact["phone"] == "+12025550188"
    assert contact["tags"] == ["vip"]
    assert contact["dateAdded"] == "2026-03-02T09:00:00.000Z"


async def test_name_alone_is_split_into_first_and_last_name(world: World) -> None:
    contact = await world.create_contact(name="Lena Hart", email="lena@example.com")

    assert (contact["firstName"], contact["lastName"]) == ("Lena", "Hart")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"nickname": "L"}, "property nickname should not exist"),
        ({"firstName": 7}, "firstName must be a string"),
        ({"email": "nobody"}, "email must be an email"),
        ({"tags": "vip"}, "tags must be an array"),
        ({"dnd": "yes"}, "dnd must be a boolean value"),
    ],
)
async def test_field_the_vendor_does_not_take_is_refused_with_422(
    world: World, values: dict[str, Any], message: str
) -> None:
    response = await world.ghl("POST", "/contacts/", {"locationId": SANDBOX_GHL_LOCATION} | values)

    assert response.status_code == 422
    assert response.json()["message"] == [message]
    assert response.json()["error"] == "Unprocessable Entity"


async def test_update_takes_fewer_fields_than_create(world: World) -> None:
    response = await world.ghl("PUT", f"/contacts/{ADA}", {"companyName": "Harbor", "locationId": "x"})

    assert response.status_code == 422
    assert response.json()["message"] == [
        "property companyName should not exist",
        "property locationId should not exist",
    ]


async def test_bad_phone_is_refused_with_400(world: World) -> None:
    body = {"locationId": SANDBOX_GHL_LOCATION, "phone": "call me"}

    response = await world.ghl("POST", "/contacts/", body)

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("values", "field"), [({"email": "ADA.moreau@example.com"}, "email"), ({"phone": "2025550143"}, "phone")]
)
async def test_second_contact_with_the_same_address_is_refused_and_names_the_first(
    world: World, values: dict[str, str], field: str
) -> None:
    response = await world.ghl("POST", "/contacts/", {"locationId": SANDBOX_GHL_LOCATION} | values)

    assert response.status_code == 400
    answer = response.json()
    assert answer["message"] == "This location does not allow duplicated contacts."
    assert answer["meta"] == {"contactId": ADA, "contactName": "Ada Moreau", "matchingField": field}


async def test_contact_cannot_take_over_anothers_address(world: World) -> None:
    response = await world.ghl("PUT", f"/contacts/{ADA}", {"email": "ben.okafor@example.com"})

    assert response.status_code == 400


async def test_missing_contact_is_a_400(world: World) -> None:
    response = await world.ghl("GET", "/contacts/nobody")

    assert response.status_code == 400
    assert response.json()["message"] == "Contact with id nobody not found"


async def test_update_overwrites_tags_clears_null_and_merges_custom_fields(world: World) -> None:
    changes = {
        "tags": ["vip"],
        "city": None,
        "customFields": [{"key": "heard_about_us", "field_value": "a friend"}],
    }

    response = await world.ghl("PUT", f"/contacts/{ADA}", changes)

    contact = response.json()["contact"]
    assert response.json()["succeded"] is True
    assert contact["tags"] == ["vip"]
    assert "city" not in contact
    assert contact["customFields"] == [
        {"id": PLAN_FIELD, "value": "Studio"},
        {"id": "sandboxFieldSource001", "value": "a friend"},
    ]


async def test_unknown_custom_field_is_ignored(world: World) -> None:
    fields = [{"id": "no-such-field", "field_value": "x"}]

    contact = await world.create_contact(email="lena@example.com", customFields=fields)

    assert contact["customFields"] == []


async def test_upsert_creates_then_updates_the_same_contact(world: World) -> None:
    first = await upsert(world, email="lena@example.com", firstName="Lena")
    second = await upsert(world, email="lena@example.com", lastName="Hart")

    assert (first["new"], second["new"]) == (True, False)
    assert first["contact"]["id"] == second["contact"]["id"]
    assert second["contact"]["name"] == "Lena Hart"


async def test_upsert_that_matches_two_contacts_keeps_the_email_match_and_drops_the_phone(
    world: World,
) -> None:
    answer = await upsert(world, email="ada.moreau@example.com", phone="+12025550178")

    assert answer["contact"]["id"] == ADA
    assert answer["contact"]["phone"] == "+12025550143"


async def test_upsert_without_email_and_phone_is_refused_with_422(world: World) -> None:
    body = {"locationId": SANDBOX_GHL_LOCATION, "firstName": "Lena"}

    response = await world.ghl("POST", "/contacts/upsert", body)

    assert response.status_code == 422


async def test_deleted_contact_is_gone_with_everything_on_it(world: World) -> None:
    response = await world.ghl("DELETE", f"/contacts/{ADA}")

    assert response.json() == {"succeded": True}
    assert (await world.ghl("GET", f"/contacts/{ADA}")).status_code == 400
    state = world.sandbox.ghl.as_dict()
    assert (state["notes"], state["tasks"], state["appointments"]) == ([], [], [])
    await world.create_contact(email="ada.moreau@example.com")


async def test_tags_are_added_once_and_removed(world: World) -> None:
    added = await world.ghl("POST", f"/contacts/{ADA}/tags", {"tags": ["VIP", "customer"]})
    removed = await world.ghl("DELETE", f"/contacts/{ADA}/tags", {"tags": ["customer"]})

    assert added.status_code == 201
    assert added.json() == {"tags": ["customer", "vip"], "tagsAdded": ["vip"]}
    assert removed.json() == {"tags": ["vip"], "tagsRemoved": ["customer"]}


async def test_tag_put_on_a_contact_becomes_a_tag_of_the_location(world: World) -> None:
    await world.ghl("POST", f"/contacts/{ADA}/tags", {"tags": ["quite new"]})

    tags = (await world.ghl("GET", "/locations/sandbox-location/tags")).json()["tags"]

    assert "quite new" in {tag["name"] for tag in tags}


async def test_tags_missing_from_the_body_are_refused_with_422(world: World) -> None:
    response = await world.ghl("POST", f"/contacts/{ADA}/tags", {})

    assert response.status_code == 422


@pytest.mark.parametrize(
    "query", ["email=ada.moreau%40example.com", "number=%2B12025550143", "email=no@example.com&number=2025550143"]
)
async def test_duplicate_search_finds_by_email_or_phone(world: World, query: str) -> None:
    response = await world.ghl("GET", f"/contacts/search/duplicate?locationId=sandbox-location&{query}")

    assert response.json()["contact"]["id"] == ADA


async def test_duplicate_search_without_a_match_answers_null(world: World) -> None:
    path = "/contacts/search/duplicate?locationId=sandbox-location&email=no@example.com"

    response = await world.ghl("GET", path)

    assert response.status_code == 200
    assert response.json()["contact"] is None
