"""Importing an API in the browser."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.support.connector_folder import action, write_folder
from tests.web.conftest import Browser, Site

PETSTORE = (Path(__file__).parents[1] / "referee" / "openapi" / "styles" / "petstore.json").read_text("utf-8")


async def looked_at(anna: Browser, text: str = PETSTORE) -> str:
    """The address of the preview."""
    answer = await anna.post("/catalogue/import", {"text": text})
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_preview_counts_and_reports_and_saves_nothing(anna: Browser, site: Site) -> None:
    await anna.get("/catalogue/import")

    page = await anna.get(await looked_at(anna))

    assert page.status_code == 200
    assert "Swagger Petstore" in page.text
    assert "an access token is asked for" in page.text
    assert "Find pet by ID" in page.text
    assert "swagger_petstore" not in site.shell.registry.connectors


async def test_saved_import_is_in_the_catalogue_at_once(anna: Browser, site: Site) -> None:
    address = await looked_at(anna)

    saved = await anna.post(address, {"key": "pets", "name": "Pet shop", "do": "save"})

    assert saved.headers["location"] == "/catalogue/pets"
    page = await anna.get("/catalogue/pets")
    assert "Pet shop is in the catalogue, with 20 operations." in page.text
    assert "Pet shop" in (await anna.get("/catalogue?q=find+pet")).text


async def test_file_is_taken_like_pasted_text(anna: Browser) -> None:
    await anna.get("/catalogue/import")
    files = {"file": ("pets.json", PETSTORE.encode(), "application/json")}

    answer = await anna.client.post("/catalogue/import", data={"csrftoken": anna.csrf, "text": ""}, files=files)

    assert answer.status_code == 303


async def test_what_is_no_description_is_refused_beside_the_form(anna: Browser) -> None:
    answer = await anna.post("/catalogue/import", {"text": '{"swagger": "2.0"}'})

    assert answer.status_code == 422
    assert "This is a Swagger 2.0 file." in answer.text


async def test_header_with_the_signature_is_asked_for_where_there_are_webhooks(anna: Browser, site: Site) -> None:
    payload = {"type": "object", "properties": {"event": {"const": "order.paid"}}}
    webhook = {"post": {"requestBody": {"content": {"application/json": {"schema": payload}}}}}
    described = {"openapi": "3.1.0", "info": {"title": "Acme"}, "webhooks": {"paid": webhook}}
    address = await looked_at(anna, json.dumps(described))

    assert "Header with the signature" in (await anna.get(address)).text
    wrong = await anna.post(address, {"key": "acme", "name": "Acme", "signature_header": "X Y", "do": "save"})
    await anna.post(address, {"key": "acme", "name": "Acme", "signature_header": "X-Signature", "do": "save"})

    assert "is not the name of a header" in wrong.text
    webhook_of = site.shell.registry.connector("acme").webhook
    assert webhook_of is not None
    assert (webhook_of.verify.kind, webhook_of.verify.header) == ("hmac_sha256", "X-Signature")


@pytest.mark.parametrize(("key", "says"), [("Pets!", "cannot be a key"), ("mailercloud", "Stepline brings")])
async def test_key_that_cannot_be_used_is_said_beside_it(anna: Browser, key: str, says: str) -> None:
    answer = await anna.post(await looked_at(anna), {"key": key, "name": "Pets", "do": "save"})

    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{key}"' in answer.text


async def test_connector_is_replaced_only_when_asked_to(anna: Browser, site: Site) -> None:
    form = {"key": "pets", "name": "Pets", "do": "save"}
    await anna.post(await looked_at(anna), form)
    address = await looked_at(anna)

    refused = await anna.post(address, form)
    replaced = await anna.post(address, {**form, "name": "Animals", "replace": "yes"})

    assert (refused.status_code, replaced.status_code) == (422, 303)
    assert site.shell.registry.connector("pets").name == "Animals"


async def test_own_connector_is_removed_unless_it_is_connected(anna: Browser, site: Site) -> None:
    await anna.post(await looked_at(anna), {"key": "pets", "name": "Pets", "do": "save"})
    connected = site.shell.connections.create(
        "pets", "api_key", "Mine", {"api_key": "k", "base_url": "https://p.example"}
    )

    kept = await anna.post("/catalogue/import/remove", {"key": "pets"})
    site.shell.connections.delete(connected.id)
    gone = await anna.post("/catalogue/import/remove", {"key": "pets"})

    assert (kept.status_code, gone.status_code) == (409, 303)
    assert "pets" not in site.shell.registry.connectors


async def test_broken_folder_is_named_in_the_catalogue(anna: Browser, site: Site) -> None:
    folder = site.settings.connectors_dir
    write_folder(folder, {"orders/create": action(path="/{nobody}")})
    site.shell.connector_folders.refresh()

    page = await anna.get("/catalogue")

    assert "Some connectors cannot be used" in page.text
    assert "orders/create.json" in page.text


async def test_only_owners_import(site: Site, stranger: Browser) -> None:
    site.owner()

    answer: httpx.Response = await stranger.get("/catalogue/import")

    assert answer.status_code == 303
    assert "signin" in answer.headers["location"]


async def test_description_that_was_put_aside_too_long_ago_has_to_be_chosen_again(anna: Browser) -> None:
    assert (await anna.get("/catalogue/import/0123456789abcdef")).status_code == 404
