"""The step panel: every kind of field, accounts connected in place, and what a test shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route, expect

from tests.e2e.editor import EditorPage, World
from web.sandbox import SANDBOX_MAILERCLOUD_KEY, SANDBOX_MAILERCLOUD_PATH

Visit = Callable[..., EditorPage]


def step(operation: str, connection: str | None, kind: str = "action", **input: Any) -> dict[str, Any]:
    return {"key": "it", "kind": kind, "operation": operation, "connection": connection, "input": input}


def stored(world: World, editor: EditorPage) -> dict[str, Any]:
    editor.saved()
    found: dict[str, Any] = world.stored(editor.workflow).draft["steps"][0]
    return found


def test_required_fields_come_first_and_rare_ones_are_folded_away(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(step("gohighlevel.tasks.create", "{gohighlevel}")), query="?step=it")
    labels = editor.panel.locator(".field-head .label")
    expect(labels.nth(2)).to_be_visible()
    optional = ["optional" in text for text in labels.all_inner_texts()]
    assert optional == sorted(optional)
    assert optional.count(False) == 3
    completed = editor.field("/input/completed")
    expect(completed).to_be_hidden()
    editor.panel.get_by_text("More fields").click()
    expect(completed).to_be_visible()


def test_yes_or_no_and_dates_are_chosen_and_stored_as_what_they_are(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(step("gohighlevel.tasks.create", "{gohighlevel}")), query="?step=it")
    editor.panel.get_by_text("More fields").click()
    editor.field("/input/completed").get_by_role("combobox").select_option("Yes")
    due = editor.field("/input/dueDate")
    due.get_by_role("button", name="Date", exact=True).click()
    due.locator("input[type=datetime-local]").fill("2027-03-01T09:30")
    editor.press("Tab")
    assert stored(world, editor)["input"] == {"completed": True, "dueDate": "2027-03-01T09:30:00Z"}
    editor.press("Control+z")
    assert stored(world, editor)["input"] == {"completed": True}


def test_numbers_and_fixed_choices_are_stored_as_what_they_are(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(step("gohighlevel.opportunities.create", "{gohighlevel}")), query="?step=it")
    editor.text("/input/monetaryValue").click()
    editor.page.keyboard.type("12.5")
    editor.field("/input/status").get_by_role("combobox").select_option("Won")
    assert stored(world, editor)["input"] == {"monetaryValue": 12.5, "status": "won"}
    editor.text("/input/monetaryValue").click()
    editor.press("Control+a")
    editor.page.keyboard.type("much")
    expect(editor.field("/input/monetaryValue").locator(".field-error")).to_contain_text("number")


def test_required_field_is_wrong_only_after_it_was_left_empty(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(step("gohighlevel.opportunities.create", "{gohighlevel}")), query="?step=it")
    field = editor.field("/input/name")
    expect(field.locator(".field-error")).to_have_text("Required")
    expect(field.get_by_role("textbox")).not_to_have_attribute("aria-invalid", "true")
    editor.text("/input/name").click()
    editor.press("Tab")
    expect(field.locator(".field-error")).to_have_text("“Name” is required.")
    expect(field.get_by_role("textbox")).to_have_attribute("aria-invalid", "true")


def test_trigger_offers_data_only_where_it_holds_some(world: World, visit: Visit) -> None:
    trigger = {"operation": "mailercloud.contacts.changed", "connection": "{mailercloud}"}
    editor = visit(world.workflow(**trigger, input={"list_id": "sbNews"}), query="?step=@trigger")
    editor.tab("Configure")
    field = editor.field("/input/list_id")
    expect(field.get_by_role("combobox")).to_have_value("Newsletter")
    expect(field.get_by_role("button", name="Data", exact=True)).to_have_count(0)

    shared = {"list_id": "{{ workflow.settings.list_id }}"}
    editor = visit(world.workflow(**trigger, input=shared), query="?step=@trigger")
    editor.tab("Configure")
    expect(editor.field("/input/list_id").get_by_role("button", name="Data", exact=True)).to_be_visible()
    assert editor.pills("/input/list_id") == ["list_id"]


def test_data_of_the_wrong_type_is_pointed_out_while_it_is_mapped(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(step("gohighlevel.opportunities.create", "{gohighlevel}")), query="?step=it")
    editor.map("/input/monetaryValue", "first name")
    expect(editor.field("/input/monetaryValue").locator(".preview-misfit")).to_contain_text("number")


def test_long_lists_of_an_app_are_searched_and_read_page_by_page(world: World, visit: Visit) -> None:
    names = [f"Person {number:02}" for number in range(45)]

    def answer(route: Route) -> None:
        wanted: dict[str, Any] = route.request.post_data_json or {}
        hits = [name for name in names if wanted["text"].lower() in name.lower()]
        page = hits[wanted["offset"] : wanted["offset"] + 20]
        options = [{"value": name[-2:], "label": name} for name in page]
        more = wanted["offset"] + 20 < len(hits)
        route.fulfill(json={"options": options, "more": more})

    editor = visit(world.workflow(step("gohighlevel.tasks.create", "{gohighlevel}")))
    editor.page.route("**/edit/options", answer)
    editor.card("it").click()
    choice = editor.field("/input/assignedTo").get_by_role("combobox")
    choice.click()
    rows = editor.page.get_by_role("listbox", name="Choices").get_by_role("option")
    expect(rows).to_have_count(20)
    editor.page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(40)
    choice.fill("person 44")
    expect(rows).to_have_count(1)
    editor.press("Enter")
    expect(choice).to_have_value("Person 44")
    assert stored(world, editor)["input"] == {"assignedTo": "44"}


def test_names_and_values_are_filled_in_as_pairs(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(step("http_request.requests.get", None)), query="?step=it")
    editor.panel.get_by_role("button", name="Add a name and value").first.click()
    editor.page.keyboard.type("X-Source")
    editor.press("Tab")
    editor.page.keyboard.type("Stepline")
    editor.press("Tab")
    assert {"X-Source": "Stepline"} in stored(world, editor)["input"].values()


def test_account_is_connected_without_leaving_the_step(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(step("mailercloud.tags.find_or_create", None, name="x")), query="?step=it")
    editor.tab("Set up")
    editor.panel.get_by_role("button", name="Connect another").click()
    editor.dialog.get_by_label("Name", exact=True).fill("Second account")
    key = editor.dialog.get_by_label("API key")
    key.fill("not-the-key")
    editor.dialog.get_by_text("More options").click()
    editor.dialog.locator('[name="values/base_url"]').fill(world.sandbox + SANDBOX_MAILERCLOUD_PATH)
    editor.dialog.get_by_role("button", name="Test and save").click()
    editor.dialog.get_by_role("button", name="Save anyway").wait_for()
    # a refused key can be mended, it need not be typed again
    expect(key).to_have_value("not-the-key")
    key.fill(SANDBOX_MAILERCLOUD_KEY)
    editor.dialog.get_by_role("button", name="Test and save").click()
    expect(editor.dialog).to_have_count(0)
    expect(editor.panel.get_by_label("Mailercloud account").locator("option:checked")).to_contain_text("Second account")
    with world.stepline() as stepline:
        made = next(one for one in stepline.connections.list() if one.name == "Second account")
        assert stored(world, editor)["connection"] == made.id
        stepline.workflows.delete(editor.workflow)
        stepline.connections.delete(made.id)


def test_test_shows_request_response_and_what_differs_from_the_description(world: World, visit: Visit) -> None:
    result = {
        "ok": True,
        "output": {"id": 5, "note": "<b>bold</b>"},
        "simulated": False,
        "exchanges": [
            {
                "request": {
                    "method": "POST",
                    "url": "https://shop.test/tags",
                    "body": '{"name": "vip"}',
                },
                "response": {"status": 200, "body": '{"id": 5, "note": "<b>bold</b>"}'},
                "duration_ms": 12,
            }
        ],
        "mismatches": [{"pointer": "/id", "message": "This must be text, not 5."}],
    }
    editor = visit(world.workflow(step("mailercloud.tags.find_or_create", "{mailercloud}", name="vip")))
    editor.page.route("**/edit/test-step", lambda route: route.fulfill(json=result))
    editor.card("it").click()
    editor.tab("Test")
    editor.panel.get_by_role("button", name="Test for real").click()
    expect(editor.panel.get_by_text("not quite what the connector describes")).to_be_visible()
    expect(editor.panel.get_by_text("This must be text, not 5.")).to_be_visible()
    editor.panel.get_by_text("POST https://shop.test/tags").click()
    expect(editor.panel.locator(".exchange-body")).to_contain_text('"name": "vip"')
    # markup in what came back is text in every view
    for view in ("Tree", "Table", "JSON"):
        editor.panel.get_by_role("button", name=view, exact=True).first.click()
        expect(editor.panel.locator(".data-view").first).to_contain_text("<b>bold</b>")
    assert editor.panel.locator("b").count() == 0
