from __future__ import annotations

from typing import Any

import pytest

from tests.web.sandbox.world import HOOK, World
from web.sandbox import SANDBOX_MAILERCLOUD_LIST

PAGE = {"page": 1, "limit": 100}


async def post(world: World, path: str, body: Any) -> Any:
    response = await world.mailercloud("POST", path, body)
    assert response.status_code == 200, response.text
    return response.json()


async def test_list_lives_from_creation_to_deletion(world: World) -> None:
    created = await post(world, "/list", {"name": "Spring fair", "list_type": 1})
    path = f"/list/{created['id']}"

    renamed = await world.mailercloud("PATCH", path, {"name": "Summer fair"})
    found = await post(world, "/lists/search", PAGE | {"search_name": "summer"})
    deleted = await world.mailercloud("DELETE", path)

    assert renamed.status_code == deleted.status_code == 200
    row = {"id": created["id"], "name": "Summer fair", "contact_count": 0, "open_percentage": "0.00"}
    assert found == {"data": [row], "list_count": 1}
    assert (await world.mailercloud("GET", path)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "ab", "list_type": 1},
        {"name": "What?", "list_type": 1},
        {"name": "Welcome", "list_type": 1},
        {"name": "No type"},
        {"list_type": 1},
    ],
)
async def test_list_the_vendor_does_not_take_is_refused_with_400(world: World, body: dict[str, Any]) -> None:
    response = await world.mailercloud("POST", "/list", body)

    assert response.status_code == 400


async def test_lists_can_be_sorted_by_name(world: World) -> None:
    answer = await post(world, "/lists/search", PAGE | {"sort_field": "name", "sort_order": "desc"})

    assert [row["name"] for row in answer["data"]] == ["Welcome", "Newsletter"]


async def test_deleted_list_leaves_its_contacts(world: World) -> None:
    lena = {"email": "lena@example.com", "list_id": SANDBOX_MAILERCLOUD_LIST}
    created = await post(world, "/contacts", lena)

    await world.mailercloud("DELETE", f"/list/{SANDBOX_MAILERCLOUD_LIST}")

    contact = (await world.mailercloud("GET", f"/contacts/{created['id']}")).json()["data"]
    assert contact["lists"] == []


async def test_property_lives_from_creation_to_deletion(world: World) -> None:
    created = await post(world, "/contact/property", {"name": "Lead status", "type": "text"})
    path = f"/contact/property/{created['id']}"

    await world.mailercloud("PATCH", path, {"name": "Lead state"})
    found = await post(world, "/contact/property/search", PAGE | {"search": "lead"})
    deleted = await world.mailercloud("DELETE", path)

    assert found["data"] == [
        {
            "id": created["id"],
            "field_name": "Lead state",
            "field_value": "lead_status",
            "field_type": "Text",
            "is_default": False,
        }
    ]
    assert deleted.status_code == 200
    assert (await world.mailercloud("DELETE", path)).status_code == 404


async def test_properties_can_be_asked_by_kind(world: World) -> None:
    custom = await post(world, "/contact/property/search", PAGE | {"type": "custom"})
    default = await post(world, "/contact/property/search", PAGE | {"type": "default"})

    assert {row["field_name"] for row in custom["data"]} == {"CRM notes", "Next appointment"}
    assert "Email" in {row["field_name"] for row in default["data"]}


@pytest.mark.parametrize(
    "body", [{"name": "ab", "type": "text"}, {"name": "Mood", "type": "colour"}, {"name": "CRM notes", "type": "text"}]
)
async def test_property_the_vendor_does_not_take_is_refused_with_400(world: World, body: dict[str, str]) -> None:
    response = await world.mailercloud("POST", "/contact/property", body)

    assert response.status_code == 400


async def test_created_tag_is_found_and_can_be_used(world: World) -> None:
    before = await world.mailercloud(
        "POST", "/contacts", {"email": "a@b.com", "list_id": SANDBOX_MAILERCLOUD_LIST, "tags": ["vip"]}
    )

    created = await post(world, "/tags", {"name": "vip"})
    found = await post(world, "/tags/search", PAGE | {"search": "vip"})
    after = await world.mailercloud(
        "POST", "/contacts", {"email": "a@b.com", "list_id": SANDBOX_MAILERCLOUD_LIST, "tags": ["vip"]}
    )

    assert found["data"] == [{"id": created["id"], "tag_name": "vip"}]
    assert (before.status_code, after.status_code) == (400, 200)


async def test_tag_cannot_be_made_twice(world: World) -> None:
    response = await world.mailercloud("POST", "/tags", {"name": "Welcome"})

    assert response.status_code == 400


async def test_senders_and_web_forms_can_be_listed(world: World) -> None:
    senders = await post(world, "/senders/search", PAGE)
    forms = await post(world, "/webform/search", PAGE)

    assert senders["data"][0]["sender_email"] == "hello@example.com"
    assert forms["data"][0]["linked_list"] == "Newsletter"


async def test_template_is_found_by_its_name(world: World) -> None:
    created = await post(world, "/templates/create", {"name": "Spring", "html": "<p>Hi</p>"})
    found = await world.mailercloud("GET", "/templates/details?name=Spring")
    missing = await world.mailercloud("GET", "/templates/details?name=Autumn")

    assert list(created) == ["id"]
    assert found.json() == {"data": {"name": "Spring", "html": "<p>Hi</p>", "plainText": ""}}
    assert missing.status_code == 404


async def test_webhook_lives_from_creation_to_deletion(world: World) -> None:
    created = await post(world, "/webhooks", {"name": "Mine", "url": HOOK, "events": ["Opened", "click"]})
    path = f"/webhooks/detail/{created['id']}"

    detail = (await world.mailercloud("GET", path)).json()["webhook"]
    await post(world, f"/webhooks/toggle/{created['id']}", {"status": "0"})
    row = (await post(world, "/webhooks/search", PAGE))["data"][0]
    deleted = await world.mailercloud("DELETE", f"/webhooks/{created['id']}")

    assert (detail["status"], detail["event"]) == ("Active", ["open", "click"])
    assert row["status"] == 0
    assert deleted.status_code == 200
    assert (await world.mailercloud("GET", path)).status_code == 404


async def test_new_webhook_url_is_probed_first(world: World) -> None:
    await post(world, "/webhooks", {"name": "Mine", "url": HOOK, "events": ["open"]})

    probe = world.receiver.requests[0]
    assert probe.headers["Webhook-Id"] == "WebhookID"
    assert probe.content == b""


async def test_webhook_url_that_does_not_answer_200_is_refused_with_400(world: World) -> None:
    world.receiver.answers.append(404)

    response = await world.mailercloud("POST", "/webhooks", {"name": "M", "url": HOOK, "events": ["open"]})

    assert response.status_code == 400
    assert world.sandbox.hooks.of("mailercloud") == []
