"""The surface that steps stand on: how they stand, how one looks around, finds and remembers one's way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.editor import EditorPage, World

Visit = Callable[..., EditorPage]
RULES = [{"left": "{{ trigger.email }}", "test": "is_not_empty"}]


def wait(key: str) -> dict[str, Any]:
    return {"key": key, "kind": "delay", "title": f"Wait {key}", "for": {"amount": 1, "unit": "days"}}


SPLIT: dict[str, Any] = {
    "key": "split",
    "kind": "paths",
    "branches": [
        {"key": "vip", "title": "VIP", "rules": RULES, "steps": [wait("left")]},
        {"key": "rest", "title": "Everyone else", "steps": [wait("right")]},
    ],
}
LOOP: dict[str, Any] = {"key": "each", "kind": "loop", "items": "{{ trigger.tags }}", "steps": [wait("inner")]}


def box(locator: Locator) -> dict[str, float]:
    found = locator.bounding_box()
    assert found
    x, y, width, height = (float(found[name]) for name in ("x", "y", "width", "height"))
    return {"x": x, "y": y, "width": width, "height": height, "right": x + width, "bottom": y + height}


def top(editor: EditorPage) -> float:
    return box(editor.card("@trigger"))["y"]


def test_paths_stand_side_by_side_and_a_loop_frames_its_steps(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(SPLIT, LOOP))
    left, right = box(editor.card("left")), box(editor.card("right"))
    assert left["right"] < right["x"]
    assert left["y"] == right["y"]
    frame, inner = box(editor.page.locator(".loop-frame")), box(editor.card("inner"))
    assert frame["x"] < inner["x"]
    assert frame["right"] > inner["right"]
    assert frame["bottom"] > inner["bottom"]


def test_card_of_a_wait_says_how_long_it_lasts(world: World, visit: Visit) -> None:
    lengths = {"short": "{{ workflow.settings.days }}", "day": 1, "asked": "{{ trigger.days_to_wait }}"}
    steps = ({**wait(key), "for": {"amount": amount, "unit": "days"}} for key, amount in lengths.items())
    workflow = world.workflow(*steps)
    settings = {"days": {"title": "Days", "type": "number", "value": 0.0001}}
    world.change(workflow, lambda draft: {**draft, "settings": settings})
    editor = visit(workflow)
    expect(editor.card("short")).to_contain_text("8.6 seconds")
    expect(editor.card("day")).to_contain_text("1 day")
    expect(editor.card("asked")).to_contain_text("As many days as “days to wait” says")


def test_surface_is_pulled_zoomed_and_brought_back_into_view(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(*(wait(f"s{number}") for number in range(20))))
    mouse, zoom = editor.page.mouse, editor.page.locator('[data-bar="zoom"]')
    before = top(editor)
    mouse.move(100, 600)
    mouse.down()
    mouse.move(100, 400, steps=5)
    mouse.up()
    assert top(editor) == before - 200

    mouse.move(700, 400)
    editor.page.keyboard.down("Control")
    mouse.wheel(0, -100)
    editor.page.keyboard.up("Control")
    expect(zoom).not_to_have_text("100%")
    editor.page.locator("#content").focus()
    editor.press("0")
    expect(zoom).to_have_text("100%")
    editor.press("+")
    expect(zoom).to_have_text("115%")
    editor.press("1")
    expect(editor.card("@trigger")).to_be_in_viewport()
    editor.page.get_by_role("button", name="Smaller").click()
    expect(zoom).not_to_have_text("100%")


def test_small_map_leads_to_where_one_clicks(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(*(wait(f"s{number}") for number in range(40))))
    expect(editor.card("s39")).not_to_be_in_viewport()
    map_ = box(editor.page.locator(".minimap"))
    editor.page.mouse.click(map_["x"] + map_["width"] / 2, map_["bottom"] - 6)
    expect(editor.card("s39")).to_be_in_viewport()


def test_new_workflow_shows_its_trigger_and_where_to_begin(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(operation="webhook.hooks.received", connection=None))
    expect(editor.panel.get_by_role("button", name="Change")).to_be_visible()
    expect(editor.panel.get_by_text("/hooks/")).to_be_visible()
    editor.page.get_by_text("Add the first step").click()
    editor.choose("delay")
    expect(editor.card("delay")).to_be_visible()
    expect(editor.page.get_by_text("Add the first step")).to_have_count(0)


def test_picker_shows_featured_operations_of_each_app_first_and_no_triggers(world: World, visit: Visit) -> None:
    editor = visit(world.workflow())
    editor.plus("", 0).click()
    headings = editor.dialog.locator(".picker-heading")
    expect(headings.nth(0)).to_have_text("Flow")
    expect(headings.nth(1)).to_have_text("GoHighLevel")  # the workflow uses it already
    expect(editor.dialog.get_by_role("option").nth(4)).to_contain_text("Create or update a contact")
    editor.dialog.get_by_role("combobox").fill("new contact gohighlevel")
    expect(editor.dialog.get_by_role("option", name="Create a contact").first).to_be_visible()
    expect(editor.dialog.get_by_text("At once")).to_have_count(0)


def test_picker_lists_only_apps_that_offer_what_is_wanted(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(), query="?step=@trigger")
    editor.tab("Set up")
    editor.panel.get_by_role("button", name="Change").click()
    apps = editor.dialog.get_by_role("group", name="Apps")
    expect(apps.get_by_role("button", name="Schedule")).to_be_visible()
    expect(apps.get_by_role("button", name="Formatter")).to_have_count(0)
    editor.press("Escape")
    editor.plus("", 0).click()
    expect(apps.get_by_role("button", name="Formatter")).to_be_visible()
    expect(apps.get_by_role("button", name="Schedule")).to_have_count(0)


def test_search_in_one_app_that_finds_nothing_goes_on_in_all(world: World, visit: Visit) -> None:
    editor = visit(world.workflow())
    editor.plus("", 0).click()
    editor.dialog.get_by_role("button", name="GoHighLevel").click()
    editor.dialog.get_by_role("combobox").fill("http request")
    expect(editor.dialog.get_by_text("Nothing in GoHighLevel fits “http request”.")).to_be_visible()
    assert editor.audit() == []
    editor.dialog.get_by_role("option", name="Search all apps").click()
    expect(editor.dialog.get_by_role("option", name="HTTP").first).to_be_visible()
    expect(editor.dialog.get_by_role("button", name="All apps")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Filter", ["only", "stop"]),
        ("Paths", ["branch", "condition", "if", "if else", "router"]),
        ("Delay", ["sleep", "pause", "wait"]),
        ("Loop", ["repeat", "iterate", "for each", "foreach"]),
    ],
)
def test_steps_of_the_flow_are_found_by_everyday_words(world: World, visit: Visit, kind: str, words: list[str]) -> None:
    editor = visit(world.workflow())
    editor.plus("", 0).click()
    title = editor.dialog.locator(".picker-title").get_by_text(kind, exact=True)
    for word in words:
        editor.dialog.get_by_role("combobox").fill(word)
        expect(title).to_be_visible()
        editor.dialog.get_by_role("combobox").fill("mailercloud")
        expect(title).to_have_count(0)


def test_enter_takes_what_was_typed_last_even_before_its_hits_are_shown(world: World, visit: Visit) -> None:
    editor = visit(world.workflow())
    editor.plus("", 0).click()
    editor.dialog.get_by_role("option").first.wait_for()
    editor.page.keyboard.type("delay")
    editor.press("Enter")
    expect(editor.card("delay")).to_be_visible()


def test_question_mark_shows_all_keys(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(wait("one")))
    editor.card("one").focus()
    editor.press("?")
    for title in ("Find anything", "Undo", "Move up or down", "Fold or unfold", "Choose data of earlier steps"):
        expect(editor.dialog.get_by_text(title, exact=True)).to_be_visible()


def test_focus_is_seen_and_back_leaves_the_editor(world: World, visit: Visit) -> None:
    workflow = world.workflow(wait("one"))
    editor = visit(workflow)
    editor.page.goto(f"/workflows/{workflow}")
    editor.open()
    editor.page.locator("#content").focus()
    editor.press("Tab", "ArrowDown")
    outline: str = editor.card("one").evaluate("(card) => getComputedStyle(card).outlineStyle")
    assert outline == "solid"
    editor.press("Enter")
    expect(editor.page).to_have_url(re.compile(r"\?step=one$"))
    editor.page.go_back()
    expect(editor.page).to_have_url(re.compile(f"/workflows/{workflow}$"))


def test_nothing_moves_by_itself_while_the_editor_opens(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(SPLIT, LOOP))
    moved: list[float] = editor.page.evaluate(
        """() => new Promise((done) => {
            const seen = [];
            const watch = new PerformanceObserver((list) => seen.push(...list.getEntries()));
            watch.observe({type: "layout-shift", buffered: true});
            requestAnimationFrame(() => requestAnimationFrame(() => done(seen.map((entry) => entry.value))));
        })"""
    )
    assert sum(moved) < 0.01


def test_surface_fills_a_very_wide_screen(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(SPLIT), query="?step=left", viewport={"width": 3440, "height": 1440})
    surface, panel = box(editor.page.locator(".surface")), box(editor.panel)
    assert panel["right"] == 3440
    assert surface["right"] == panel["x"]
    assert panel["width"] < 700
    assert editor.audit() == []
