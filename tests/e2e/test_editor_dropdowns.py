"""Dropdowns whose choices come from an app: a search looks for a choice, it is not one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.e2e.editor import EditorPage, World

Visit = Callable[..., EditorPage]


def upsert(**input: Any) -> dict[str, Any]:
    operation = "mailercloud.contacts.upsert"
    return {"key": "it", "kind": "action", "operation": operation, "connection": "{mailercloud}", "input": input}


def chosen(world: World, editor: EditorPage) -> Any:
    editor.saved()
    return world.stored(editor.workflow).draft["steps"][0]["input"].get("list_id")


def list_field(editor: EditorPage) -> Locator:
    return editor.field("/input/list_id").get_by_role("combobox")


def search(editor: EditorPage, text: str) -> None:
    """Opens the list and types; the answer is there."""
    list_field(editor).click()
    editor.page.get_by_role("option", name="Newsletter").wait_for()
    editor.page.keyboard.type(text)
    editor.page.get_by_role("option", name=f"Use “{text}”").wait_for()


@pytest.mark.parametrize("way_out", ["Escape", "Tab"])
def test_search_that_ends_without_a_choice_keeps_the_choice(world: World, visit: Visit, way_out: str) -> None:
    editor = visit(world.workflow(upsert(list_id="sbNews")), query="?step=it")
    expect(list_field(editor)).to_have_value("Newsletter")

    search(editor, "Wel")
    editor.press(way_out)

    expect(list_field(editor)).to_have_value("Newsletter")
    assert chosen(world, editor) == "sbNews"


def test_search_in_an_empty_field_leaves_it_empty(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(upsert()), query="?step=it")
    search(editor, "Wel")
    editor.panel.get_by_role("heading").first.click()
    expect(list_field(editor)).to_have_value("")
    assert chosen(world, editor) is None


@pytest.mark.parametrize("text", ["welcome", "sbWelc"])
def test_text_that_names_one_choice_is_that_choice(world: World, visit: Visit, text: str) -> None:
    editor = visit(world.workflow(upsert(list_id="sbNews")), query="?step=it")
    expect(list_field(editor)).to_have_value("Newsletter")
    list_field(editor).fill(text)
    editor.press("Tab")
    expect(list_field(editor)).to_have_value("Welcome")
    assert chosen(world, editor) == "sbWelc"


def test_enter_takes_the_first_hit_of_what_was_typed_last(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(upsert(list_id="sbNews")), query="?step=it")
    list_field(editor).click()
    editor.page.get_by_role("option", name="Newsletter").wait_for()
    editor.page.keyboard.type("Wel")
    editor.press("Enter")
    expect(list_field(editor)).to_have_value("Welcome")
    assert chosen(world, editor) == "sbWelc"


def test_emptied_field_is_empty(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(upsert(list_id="sbNews")), query="?step=it")
    expect(list_field(editor)).to_have_value("Newsletter")
    list_field(editor).fill("")
    editor.press("Tab")
    assert chosen(world, editor) is None


@pytest.mark.parametrize(
    "answer",
    [{"status": 422, "json": {"message": "The app is away."}}, {"json": {"options": [], "more": False}}],
    ids=["cannot be loaded", "is empty"],
)
def test_typed_value_counts_where_the_list(world: World, visit: Visit, answer: dict[str, Any]) -> None:
    def answered(route: Route) -> None:
        route.fulfill(**answer)

    editor = visit(world.workflow(upsert(list_id="old")))
    editor.page.route("**/edit/options", answered)
    editor.card("it").click()
    list_field(editor).click()
    expect(editor.page.get_by_role("listbox", name="Choices")).to_contain_text("app")
    editor.page.keyboard.type("my-list")
    editor.press("Tab")
    expect(list_field(editor)).to_have_value("my-list")
    assert chosen(world, editor) == "my-list"
