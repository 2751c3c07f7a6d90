"""Data of earlier steps in fields: pills, filters, previews, suggestions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.e2e.editor import EditorPage, World

Visit = Callable[..., EditorPage]

UPSERT: dict[str, Any] = {
    "key": "upsert",
    "kind": "action",
    "title": "Add the person",
    "operation": "mailercloud.contacts.upsert",
    "connection": "{mailercloud}",
    "input": {},
}
MAIL: dict[str, Any] = {
    "key": "mail",
    "kind": "action",
    "title": "Write to them",
    "operation": "mailercloud.emails.send",
    "connection": "{mailercloud}",
    "input": {},
}


def stored_input(world: World, editor: EditorPage, key: str) -> dict[str, Any]:
    editor.saved()
    found: dict[str, Any] = next(
        step["input"] for step in world.stored(editor.workflow).draft["steps"] if step["key"] == key
    )
    return found


def test_slash_finds_data_and_enter_makes_it_a_pill_with_its_value(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(UPSERT), query="?step=upsert")
    editor.text("/input/first_name").click()
    editor.page.keyboard.type("Dear /first")
    expect(editor.data.get_by_role("treeitem", name="First name").first).to_be_visible()
    editor.press("Enter")
    editor.page.keyboard.type("!")
    assert editor.pills("/input/first_name") == ["First name"]
    expect(editor.preview("/input/first_name")).to_contain_text("Dear Maya!")
    assert stored_input(world, editor, "upsert") == {"first_name": "Dear {{ trigger.firstName }}!"}


def test_slash_inside_a_word_is_a_slash(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(UPSERT), query="?step=upsert")
    editor.text("/input/organization").focus()
    editor.page.keyboard.type("and/or")
    editor.press("Tab")
    assert stored_input(world, editor, "upsert") == {"organization": "and/or"}


def test_pill_is_deleted_and_passed_like_one_letter(world: World, visit: Visit) -> None:
    step = {**UPSERT, "input": {"first_name": "a{{ trigger.firstName }}b{{ trigger.lastName }}"}}
    editor = visit(world.workflow(step), query="?step=upsert")
    editor.text("/input/first_name").focus()
    editor.press("End", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    editor.page.keyboard.type("X")
    editor.press("Backspace", "Delete", "End", "Backspace")
    assert stored_input(world, editor, "upsert") == {"first_name": "ab"}


def test_expression_typed_or_pasted_becomes_a_pill(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(UPSERT), query="?step=upsert", permissions=["clipboard-read", "clipboard-write"])
    editor.text("/input/email").focus()
    editor.page.keyboard.type("{{ trigger.email }}")
    editor.page.keyboard.type("?")
    assert editor.pills("/input/email") == ["E-mail"]
    editor.page.evaluate("() => navigator.clipboard.writeText('{{ trigger.phone | default(0) }} <b>')")
    editor.text("/input/phone").focus()
    editor.press("Control+v")
    assert editor.pills("/input/phone") == ["Phone"]
    assert stored_input(world, editor, "upsert") == {
        "email": "{{ trigger.email }}?",
        "phone": "{{ trigger.phone | default(0) }} <b>",
    }


def test_data_is_dragged_into_a_field_and_a_pill_to_another_place(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(UPSERT), query="?step=upsert")
    editor.text("/input/first_name").click()
    editor.data.get_by_role("treeitem", name="Last name").first.drag_to(editor.text("/input/last_name"))
    assert editor.pills("/input/last_name") == ["Last name"]
    editor.press("Escape")
    editor.field("/input/last_name").locator(".pill").drag_to(editor.text("/input/first_name"))
    assert (editor.pills("/input/first_name"), editor.pills("/input/last_name")) == (["Last name"], [])
    assert stored_input(world, editor, "upsert") == {"first_name": "{{ trigger.lastName }}"}


def test_data_dropped_on_a_dropdown_takes_the_place_of_the_choice(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(UPSERT), query="?step=upsert")
    editor.text("/input/first_name").click()
    row = editor.data.get_by_role("treeitem", name="City").first
    row.drag_to(editor.field("/input/list_id").locator(".ed-control"))
    assert editor.pills("/input/list_id") == ["City"]
    expect(editor.field("/input/list_id").get_by_role("button", name="Data")).to_have_attribute("aria-pressed", "true")


def test_filters_change_the_value_before_ones_eyes(world: World, visit: Visit) -> None:
    step = {**UPSERT, "input": {"first_name": "{{ trigger.firstName }}"}}
    editor = visit(world.workflow(step), query="?step=upsert")
    editor.field("/input/first_name").locator(".pill").click()
    menu = editor.page.get_by_role("dialog", name="Data in this field")
    menu.get_by_label("Add a filter").select_option("upper")
    expect(menu.locator(".pill-value")).to_have_text("MAYA")
    menu.get_by_label("Add a filter").select_option("truncate")
    menu.get_by_label("length").fill("3")
    menu.get_by_label("ending").fill("…!")
    expect(menu.locator(".pill-value")).to_have_text("M…!")
    editor.press("Escape")
    expect(editor.text("/input/first_name")).to_be_focused()
    expected = {"first_name": "{{ trigger.firstName | upper | truncate(3, '…!') }}"}
    assert stored_input(world, editor, "upsert") == expected


def test_pill_menu_opens_with_keys_and_removes_the_pill(world: World, visit: Visit) -> None:
    step = {**UPSERT, "input": {"first_name": "{{ trigger.firstName }}"}}
    editor = visit(world.workflow(step), query="?step=upsert")
    editor.text("/input/first_name").focus()
    editor.press("End", "Alt+ArrowDown")
    menu = editor.page.get_by_role("dialog", name="Data in this field")
    menu.get_by_role("button", name="Remove").press("Enter")
    assert editor.pills("/input/first_name") == []
    assert stored_input(world, editor, "upsert") == {}


def test_value_that_the_sample_lacks_is_flagged_while_editing(world: World, visit: Visit) -> None:
    step = {**UPSERT, "input": {"first_name": "{{ trigger.nickName }}", "salary": "{{ trigger.firstName }}"}}
    editor = visit(world.workflow(step), query="?step=upsert")
    expect(editor.preview("/input/first_name")).to_contain_text("no value for trigger.nickName")
    editor.panel.get_by_text("More fields").click()
    expect(editor.preview("/input/salary")).to_contain_text("number")


def test_data_of_a_step_that_comes_later_is_marked_on_its_pill(world: World, visit: Visit) -> None:
    step = {**UPSERT, "input": {"first_name": "{{ steps.mail.id }}", "last_name": "{{ steps.gone.id }}"}}
    editor = visit(world.workflow(step, MAIL), query="?step=upsert")
    expect(editor.field("/input/first_name").locator(".pill.bad")).to_contain_text("does not come before")
    expect(editor.field("/input/last_name").locator(".pill.bad")).to_contain_text("does not exist")


def test_only_earlier_steps_are_offered_and_those_in_paths_with_a_fallback(world: World, visit: Visit) -> None:
    split = {
        "key": "split",
        "kind": "paths",
        "branches": [
            {"key": "a", "rules": [{"left": "{{ trigger.email }}", "test": "is_not_empty"}], "steps": [UPSERT]},
            {"key": "b", "steps": []},
        ],
    }
    editor = visit(world.workflow(split, MAIL), query="?step=mail")
    editor.map("/input/to_email", "add the person e-mail")
    editor.text("/input/subject").click()
    sources = editor.data.locator(".data-source-head").all_inner_texts()
    assert not any("Write to them" in source for source in sources)
    assert stored_input(world, editor, "mail")["to_email"] == "{{ steps.upsert.email | default('') }}"


def test_item_of_a_loop_is_offered_with_its_first_value(world: World, visit: Visit) -> None:
    loop = {"key": "each", "kind": "loop", "items": "{{ trigger.tags }}", "steps": [MAIL]}
    editor = visit(world.workflow(loop), query="?step=mail")
    editor.map("/input/subject", "item newsletter")
    expect(editor.preview("/input/subject")).to_contain_text("newsletter")


def test_matching_fields_are_filled_in_and_can_be_undone(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(UPSERT), query="?step=upsert")
    editor.panel.get_by_role("button", name="Fill in matching fields").click()
    expect(editor.page.locator(".toast")).to_contain_text("fields are filled in")
    assert editor.pills("/input/email") == ["E-mail"]
    assert editor.pills("/input/phone") == ["Phone"]
    editor.page.locator(".toast").get_by_role("button", name="Undo").click()
    assert editor.pills("/input/email") == []


def test_markup_in_data_is_shown_as_text(world: World, visit: Visit) -> None:
    step = {**MAIL, "input": {"subject": "<img src=x onerror=alert(1)> {{ trigger.firstName }}"}}
    editor = visit(world.workflow(step), query="?step=mail")
    expect(editor.preview("/input/subject")).to_contain_text("<img src=x onerror=alert(1)> Maya")
    assert editor.page.locator("img[src=x]").count() == 0


def test_dropdown_shows_names_keeps_ids_and_takes_a_value_of_ones_own(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(UPSERT), query="?step=upsert")
    choice = editor.field("/input/list_id").get_by_role("combobox")
    choice.click()
    editor.page.get_by_role("option", name="Welcome").first.click()
    expect(choice).to_have_value("Welcome")
    assert stored_input(world, editor, "upsert") == {"list_id": "sbWelc"}
    choice.fill("my-own-list")
    editor.page.get_by_role("option", name="Use “my-own-list”").click()
    assert stored_input(world, editor, "upsert") == {"list_id": "my-own-list"}


def test_lists_pairs_and_json_are_filled_in_their_own_ways(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(UPSERT), query="?step=upsert")
    tags = editor.field("/input/tags")
    tags.get_by_role("button", name="Add an entry").click()
    editor.field("/input/tags/0").get_by_role("combobox").fill("vip")
    editor.press("Tab")
    custom = editor.field("/input/custom_fields").first
    custom.get_by_role("button", name="JSON", exact=True).click()
    area = custom.get_by_role("textbox")
    area.fill('{"p1": ')
    expect(custom.locator(".field-error").first).to_contain_text("not valid JSON")
    area.fill('{"p1": "{{ trigger.city }}"}')
    expect(custom.locator(".field-error").first).to_be_hidden()
    custom.get_by_role("button", name="Fields", exact=True).click()
    expect(editor.field("/input/custom_fields/p1").locator(".pill-field")).to_have_text("City")
    expected = {"tags": ["vip"], "custom_fields": {"p1": "{{ trigger.city }}"}}
    assert stored_input(world, editor, "upsert") == expected


def test_rules_are_judged_with_the_sample_data(world: World, visit: Visit) -> None:
    rules = [{"left": "{{ trigger.city }}", "test": "equals", "right": "Portland"}]
    editor = visit(world.workflow({"key": "only", "kind": "filter", "rules": rules}), query="?step=only")
    expect(editor.panel.get_by_text("The sample data passes.")).to_be_visible()
    editor.panel.get_by_label("Rule 1: value").click()
    editor.press("Control+a")
    editor.page.keyboard.type("Paris")
    expect(editor.panel.get_by_text("The sample data does not pass.")).to_be_visible()
    editor.panel.get_by_role("button", name="Add a rule").click()
    editor.page.keyboard.type("/e-mail")
    editor.press("Enter")
    editor.panel.get_by_label("Rule 2: test").select_option("is_not_empty")
    editor.panel.get_by_label("How rules count").select_option("any")
    expect(editor.panel.get_by_text("The sample data passes.")).to_be_visible()
    editor.saved()
    step = world.stored(editor.workflow).draft["steps"][0]
    assert (step["match"], step["rules"][1]) == ("any", {"left": "{{ trigger.email }}", "test": "is_not_empty"})
