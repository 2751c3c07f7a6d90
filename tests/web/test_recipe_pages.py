"""The gallery of recipes, importing, and the catalogue."""

from __future__ import annotations

import json
from html import unescape

from engine.bundles import bundle_json
from tests.web.conftest import Browser, Site

SLUG = "new-contact-welcome-sequence"


async def test_every_bundled_recipe_has_a_preview(site: Site, anna: Browser) -> None:
    gallery = (await anna.get("/recipes")).text
    for recipe in site.shell.recipes.bundled:
        assert f"/recipes/{recipe.slug}" in gallery
        assert (await anna.get(f"/recipes/{recipe.slug}")).status_code == 200


async def test_gallery_is_searched_by_words(anna: Browser) -> None:
    found = (await anna.get("/recipes?q=unsubscribe", **{"hx-request": "true"})).text
    assert "/recipes/unsubscribe-sets-do-not-disturb" in found
    assert SLUG not in found


async def test_import_puts_the_chosen_accounts_and_settings_in(site: Site, anna: Browser) -> None:
    connection = site.connect()
    form = {
        "name": "My welcome",
        "connections/mailercloud": connection.id,
        "settings/list_id": "L1",
        "settings/delay_days": "2",
    }
    answer = await anna.post(f"/recipes/{SLUG}", form)
    (workflow,) = site.shell.workflows.list()
    assert answer.headers["location"] == f"/workflows/{workflow.id}"
    assert workflow.name == "My welcome"
    assert workflow.draft["settings"]["delay_days"]["value"] == 2
    page = (await anna.get(answer.headers["location"])).text
    assert "Imported. Mend what is listed below" in page
    assert "Choose the GoHighLevel account to use." in page


async def test_setting_that_cannot_be_read_comes_back_beside_its_field(site: Site, anna: Browser) -> None:
    answer = await anna.post(f"/recipes/{SLUG}", {"name": "My welcome", "settings/delay_days": "soon"})
    assert answer.status_code == 422
    assert 'id="settings/delay_days-problem"' in answer.text
    assert site.shell.workflows.list() == []


async def test_pasted_recipe_with_mistakes_lists_them_by_step(anna: Browser) -> None:
    recipe = {
        "format": 1,
        "slug": "broken",
        "name": "Broken",
        "connections": {},
        "trigger": {"operation": "webhook.hooks.received"},
        "steps": [{"key": "a", "kind": "action", "operation": "mailercloud.contacts.fly", "input": {}}],
    }
    answer = await anna.post("/workflows/import", {"text": json.dumps(recipe)})
    assert answer.status_code == 422
    assert "Step “a”" in answer.text
    assert "There is no operation" in answer.text
    assert (await anna.post("/workflows/import", {"text": "{"})).status_code == 422


async def test_uploaded_file_is_previewed_then_imported(site: Site, anna: Browser) -> None:
    text = site.shell.recipes.get(SLUG).as_json()
    preview = await anna.client.post(
        "/workflows/import",
        data={"csrftoken": anna.csrf},
        files={"file": ("welcome.json", text.encode(), "application/json")},
    )
    assert preview.status_code == 200
    assert "Connect these accounts" in preview.text
    assert site.shell.workflows.list() == []
    done = await anna.post("/workflows/import", {"text": text, "step": "import", "name": "From a file"})
    assert done.status_code == 303
    assert site.shell.workflows.list()[0].name == "From a file"


async def test_file_that_is_no_text_is_refused(anna: Browser) -> None:
    answer = await anna.client.post(
        "/workflows/import", data={"csrftoken": anna.csrf}, files={"file": ("x.json", b"\xff\xfe\xff", "image/png")}
    )
    assert answer.status_code == 422
    assert "is not a text file" in answer.text


async def test_catalogue_finds_operations_by_words_and_kind(anna: Browser) -> None:
    found = (await anna.get("/catalogue?q=tag contact&kind=action", **{"hx-request": "true"})).text
    assert "/catalogue/mailercloud/contacts/tag" in found
    assert "Nothing found" in (await anna.get("/catalogue?q=zzzz")).text


async def test_every_operation_has_a_page(site: Site, anna: Browser) -> None:
    for connector in site.shell.registry.connectors.values():
        assert (await anna.get(f"/catalogue/{connector.key}")).status_code == 200
        for operation in list(connector.operations.values())[:12]:
            page = await anna.get(f"/catalogue/{operation.id.replace('.', '/')}")
            assert page.status_code == 200
            assert operation.title in unescape(page.text)


async def test_icons_run_no_scripts(anna: Browser) -> None:
    icon = await anna.get("/connectors/mailercloud/icon.svg")
    assert icon.headers["content-type"] == "image/svg+xml"
    assert icon.headers["content-security-policy"].startswith("default-src 'none'")
    assert (await anna.get("/connectors/none/icon.svg")).status_code == 404


async def test_form_with_a_file_needs_the_csrf_token_too(anna: Browser) -> None:
    for token in ({}, {"csrftoken": "guess"}):
        answer = await anna.client.post(
            "/workflows/import", data=token, files={"file": ("x.json", b"{}", "application/json")}
        )
        assert answer.status_code == 403


async def test_several_recipes_of_one_file_are_imported_at_once(site: Site, anna: Browser) -> None:
    connection = site.connect()
    names = ("new-contact-welcome-sequence", "mailercloud-contact-to-gohighlevel")
    text = bundle_json([site.shell.recipes.get(name) for name in names])
    asked = await anna.post("/workflows/import", {"text": text})
    assert "Import 2 workflows" in asked.text
    assert "You have not connected GoHighLevel yet." in asked.text
    form = {"text": text, "step": "import", "connections/mailercloud:Mailercloud account": connection.id}
    await anna.post("/workflows/import", form)
    page = (await anna.get("/workflows")).text
    assert "2 workflows imported, all switched off. 2 of them still need something" in page
    (first, second) = site.shell.workflows.list()
    assert {first.recipe, second.recipe} == set(names)
    used = [use.name for use in site.shell.connections.used_by(connection.id)]
    assert len(used) == 2


async def test_mistakes_in_one_of_several_recipes_are_told_by_its_name(site: Site, anna: Browser) -> None:
    good = site.shell.recipes.get("new-contact-welcome-sequence").as_dict()
    bad = {**good, "name": "Broken one", "steps": [{"key": "x", "kind": "dance"}]}
    answer = await anna.post("/workflows/import", {"text": json.dumps({"format": 1, "recipes": [good, bad]})})
    assert answer.status_code == 422
    assert "“Broken one”" in answer.text
    assert site.shell.workflows.list() == []
