"""Steps on the canvas: added, moved, copied, deleted, undone, by mouse and by keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.e2e.editor import EditorPage, World

Visit = Callable[..., EditorPage]


def tag(key: str, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "action",
        "title": f"Tag {key}",
        "operation": "mailercloud.contacts.tag",
        "connection": "{mailercloud}",
        "input": {"contact": "{{ trigger.email }}", "tags": [key]},
        **more,
    }


SPLIT: dict[str, Any] = {
    "key": "split",
    "kind": "paths",
    "branches": [
        {"key": "vip", "title": "VIP", "rules": [{"left": "{{ trigger.email }}", "test": "is_not_empty"}], "steps": []},
        {"key": "rest", "title": "Everyone else", "steps": []},
    ],
}
LOOP: dict[str, Any] = {"key": "each", "kind": "loop", "items": "{{ trigger.tags }}", "steps": [tag("inner")]}


def test_step_is_dragged_to_another_place_and_into_a_path(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(tag("one"), tag("two"), SPLIT))
    editor.drag("one", "", 2)
    assert editor.order() == ["two", "one", "split"]
    editor.drag("two", "split/rest", 0)
    assert editor.order() == ["one", "split", "split/rest>two"]
    editor.saved()
    draft = world.stored(editor.workflow).draft
    assert draft["steps"][1]["branches"][1]["steps"][0]["key"] == "two"


def test_escape_ends_a_drag_and_nothing_moves(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(tag("one"), tag("two")))
    box, target = editor.card("one").bounding_box(), editor.plus("", 2).bounding_box()
    assert box
    assert target
    editor.page.mouse.move(box["x"] + 30, box["y"] + 20)
    editor.page.mouse.down()
    editor.page.mouse.move(target["x"], target["y"], steps=5)
    editor.press("Escape")
    editor.page.mouse.up()
    assert editor.order() == ["one", "two"]
    expect(editor.panel).to_be_hidden()


def test_loop_cannot_be_dragged_into_itself(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(LOOP, tag("last")))
    editor.drag("each", "each", 1)
    assert editor.order() in (["each", "each>inner", "last"], ["last", "each", "each>inner"])


def test_step_is_added_where_the_plus_stands_with_the_only_account(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(tag("one"), tag("two")))
    editor.plus("", 1).click()
    editor.choose("find or create a tag")
    expect(editor.panel.get_by_role("heading")).to_have_text("Find or create a tag")
    editor.saved()
    added = world.stored(editor.workflow).draft["steps"][1]
    assert (added["operation"], bool(added["connection"])) == ("mailercloud.tags.find_or_create", True)


def test_picker_offers_what_was_used_lately(world: World, visit: Visit) -> None:
    editor = visit(world.workflow())
    editor.plus("", 0).click()
    editor.choose("tag a contact")
    editor.plus("", 1).click()
    expect(editor.dialog.locator(".picker-heading").first).to_have_text("Recently used")
    expect(editor.dialog.get_by_role("option").first).to_contain_text("Tag a contact")


def test_trigger_is_exchanged_only_for_a_trigger(world: World, visit: Visit) -> None:
    editor = visit(world.workflow())
    editor.card("@trigger").click()
    editor.tab("Set up")
    editor.panel.get_by_role("button", name="Change").click()
    editor.dialog.get_by_role("combobox").fill("send an e-mail")
    expect(editor.dialog.get_by_text("Nothing found")).to_be_visible()
    editor.choose("mailercloud unsubscribed", "nsubscribe")
    expect(editor.panel.get_by_label("Mailercloud account")).to_be_visible()
    editor.saved()
    assert world.stored(editor.workflow).draft["trigger"]["operation"].startswith("mailercloud.")


def test_sixty_changes_are_undone_and_done_again(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(tag("one"), tag("two")))
    editor.card("one").focus()
    for number in range(60):
        editor.press("Alt+ArrowDown" if number % 2 == 0 else "Alt+ArrowUp")
    editor.press("Alt+ArrowDown")
    assert editor.order() == ["two", "one"]
    editor.press(*["Control+z"] * 61)
    expect(editor.page.locator('[data-bar="undo"]')).to_be_disabled()
    assert editor.order() == ["one", "two"]
    editor.press(*["Control+Shift+z"] * 61)
    assert editor.order() == ["two", "one"]


def test_deleted_step_comes_back_from_the_message(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(tag("one"), LOOP))
    editor.card("each").focus()
    editor.press("Delete")
    expect(editor.page.locator(".toast")).to_contain_text("is deleted with the step inside")
    assert editor.order() == ["one"]
    editor.page.locator(".toast").get_by_role("button", name="Undo").click()
    assert editor.order() == ["one", "each", "each>inner"]


def test_everything_on_the_canvas_works_with_keys_alone(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(tag("one"), SPLIT, LOOP))
    editor.page.locator("#content").focus()
    editor.press("Tab")
    assert editor.focused() == "@trigger"
    editor.press("ArrowDown")
    assert editor.focused() == "one"
    editor.press("Control+d")
    assert editor.order()[:2] == ["one", "one_2"]
    editor.card("one_2").focus()
    editor.press("Alt+ArrowDown", "Alt+ArrowRight")
    assert "split/vip>one_2" in editor.order()
    editor.press("Alt+ArrowLeft")
    assert editor.order() == ["one", "split", "one_2", "each", "each>inner"]
    editor.press("ArrowDown", "f")
    expect(editor.page.get_by_text("1 step folded")).to_be_visible()
    editor.press("f", "m")
    expect(editor.page.get_by_role("menu")).to_be_visible()
    editor.press("Escape", "a")
    editor.page.keyboard.type("wait")
    expect(editor.dialog.get_by_role("option").first).to_contain_text("Delay")
    editor.press("Enter")
    expect(editor.card("delay")).to_be_visible()
    assert editor.order()[-1] == "delay"
    editor.press("Escape")
    assert editor.focused() == "delay"
    editor.press("Enter")
    expect(editor.panel.locator(":focus")).to_be_visible()
    editor.press("F6")
    assert editor.focused() == "delay"
    editor.press("Escape")
    expect(editor.panel).to_be_hidden()


def test_steps_are_copied_into_another_workflow_as_json(world: World, visit: Visit) -> None:
    first = visit(world.workflow(LOOP), permissions=["clipboard-read", "clipboard-write"])
    first.card("each").focus()
    first.press("Control+c")
    copied = first.page.evaluate("() => navigator.clipboard.readText()")
    assert json.loads(copied)["steps"][0]["key"] == "each"

    second = EditorPage(first.page.context.new_page(), world.workflow(tag("inner")))
    second.open()
    second.card("inner").focus()
    second.press("Control+v")
    expect(second.card("each")).to_be_visible()
    assert second.order() == ["inner", "each", "each>inner_2"]
    second.saved()
    assert second.faults == []


def test_what_is_no_step_is_not_pasted(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(tag("one")), permissions=["clipboard-read", "clipboard-write"])
    editor.page.evaluate('() => navigator.clipboard.writeText(\'{"steps": [{"kind": "dance", "key": "x"}]}\')')
    editor.card("one").focus()
    editor.press("Control+v")
    expect(editor.page.locator(".toast")).to_contain_text("no steps of a workflow")
    assert editor.order() == ["one"]


def test_step_is_found_by_its_words_even_where_it_is_folded_away(world: World, visit: Visit) -> None:
    editor = visit(world.workflow({**LOOP, "steps": [tag("inner", title="Hidden treasure")]}))
    editor.card("each").focus()
    editor.press("f")
    expect(editor.card("inner")).to_be_hidden()
    editor.press("Control+f")
    editor.page.keyboard.type("treasure")
    expect(editor.dialog.get_by_role("option")).to_contain_text("Hidden treasure")
    editor.press("Enter")
    expect(editor.card("inner")).to_be_focused()


def test_palette_runs_commands_and_adds_steps(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(tag("one")))
    editor.card("one").focus()
    editor.press("Control+k")
    editor.page.keyboard.type("duplicate")
    editor.press("Enter")
    assert editor.order() == ["one", "one_2"]
    editor.press("Control+k")
    editor.page.keyboard.type("find or create a tag")
    editor.dialog.get_by_role("option", name="Add: Find or create a tag").click()
    expect(editor.panel.get_by_role("heading")).to_have_text("Find or create a tag")


def test_renamed_key_is_followed_by_everything_that_names_it(world: World, visit: Visit) -> None:
    user = tag("two", input={"contact": "{{ steps.one.id }}", "tags": ["x"]})
    editor = visit(world.workflow(tag("one"), user))
    editor.card("one").click()
    editor.tab("Set up")
    editor.panel.get_by_text("For expressions").click()
    name = editor.panel.get_by_label("Name in expressions")
    name.fill("two")
    name.press("Tab")
    expect(editor.panel.get_by_text("Another step has this name.")).to_be_visible()
    name.fill("person")
    name.press("Tab")
    expect(editor.card("person")).to_be_visible()
    editor.saved()
    steps = world.stored(editor.workflow).draft["steps"]
    assert (steps[0]["key"], steps[1]["input"]["contact"]) == ("person", "{{ steps.person.id }}")


def test_notes_and_names_stand_on_the_card(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(tag("one")))
    editor.card("one").focus()
    editor.press("F2", "Control+a")
    editor.page.keyboard.type("Greet <b>them</b>")
    editor.press("Escape", "n")
    editor.page.keyboard.type("Ask Sam first.")
    card = editor.page.locator('.tile[data-key="one"]')
    expect(card.locator(".name")).to_have_text("Greet <b>them</b>")
    expect(card.locator(".tile-note")).to_have_text("Ask Sam first.")
