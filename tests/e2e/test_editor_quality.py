"""The editor for everybody: accessible in every part, in light, dark and on a phone; sparing with many steps."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.editor import EditorPage, World
from web.static_files import FOREVER

Visit = Callable[..., EditorPage]
SCREENS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
BUDGET_KB = 200
APART = """([one, other]) => {
    const [a, b] = [one, other].map((selector) => document.querySelector(selector).getBoundingClientRect());
    return a.bottom <= b.top || b.bottom <= a.top;
}"""
RULES = [{"left": "{{ trigger.email }}", "test": "is_not_empty"}, {"left": "{{ trigger.city }}", "test": "equals"}]
UPSERT: dict[str, Any] = {
    "key": "upsert",
    "kind": "action",
    "operation": "mailercloud.contacts.upsert",
    "connection": "{mailercloud}",
    "note": "Ask Sam first.",
    "input": {"email": "{{ trigger.email }}", "first_name": "{{ trigger.nickName }}", "tags": ["a"], "salary": "x"},
}
STEPS: tuple[dict[str, Any], ...] = (
    {"key": "only", "kind": "filter", "rules": RULES},
    {
        "key": "split",
        "kind": "paths",
        "branches": [{"key": "a", "title": "VIP", "rules": RULES, "steps": [UPSERT]}, {"key": "b", "steps": []}],
    },
    {
        "key": "each",
        "kind": "loop",
        "items": "{{ trigger.tags }}",
        "steps": [{"key": "wait", "kind": "delay", "for": {"amount": 1, "unit": "days"}}],
    },
)


def many_steps(count: int = 200) -> list[dict[str, Any]]:
    return [{**UPSERT, "key": f"s{number}", "title": f"Step {number}"} for number in range(count)]


@pytest.mark.parametrize("screen", SCREENS)
def test_every_part_is_accessible_and_fits_the_screen(world: World, visit: Visit, screen: str) -> None:
    editor = visit(world.workflow(*STEPS), **SCREENS[screen])
    found: dict[str, list[str]] = {}

    def look(part: str) -> None:
        wide = editor.page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        rules = ["color-contrast"] if screen == "dark" else []  # all else is as it is in light
        if faults := [*editor.audit(*rules), *(["wider than the screen"] if wide else [])]:
            found[part] = faults

    look("canvas")
    for key in ("@trigger", "only", "split", "upsert", "each", "wait"):
        editor.open(f"?step={key}")
        for tab in ("Set up", "Configure", "Test"):
            editor.tab(tab)
            editor.page.wait_for_load_state("networkidle")
            look(f"{key}: {tab}")
    editor.open("?step=upsert")
    editor.text("/input/last_name").click()
    editor.data.get_by_role("treeitem").first.wait_for()
    look("data")
    editor.press("Escape")
    editor.field("/input/email").locator(".pill").click()
    look("pill menu")
    editor.press("Escape", "Escape", "Escape")
    for part, keys in (("picker", "a"), ("keys", "?"), ("palette", "Control+k"), ("steps", "Control+f")):
        editor.press(keys)
        expect(editor.dialog).to_be_visible()
        editor.page.wait_for_load_state("networkidle")
        look(part)
        editor.press("Escape")
    editor.press("m")
    look("menu")
    editor.press("Escape")
    editor.page.locator('[data-bar="problems"]').click()
    look("problems")
    assert found == {}


def test_phone_opens_the_panel_over_the_canvas_and_goes_back(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(*STEPS), **SCREENS["phone"])
    editor.card("only").tap()
    expect(editor.panel).to_be_in_viewport(ratio=1)
    box = editor.panel.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (390, 844)
    editor.panel.get_by_role("button", name="Close the panel").tap()
    expect(editor.card("only")).to_be_visible()
    editor.page.locator('[data-bar="more"]').tap()
    expect(editor.page.get_by_role("menuitem", name="History")).to_be_visible()


def test_data_to_choose_never_covers_its_field_on_a_phone(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(*STEPS), query="?step=upsert", **SCREENS["phone"])
    for name in ("email", "last_name", "city"):
        field = editor.text(f"/input/{name}")
        field.tap()
        editor.data.get_by_role("treeitem").first.wait_for()
        editor.page.wait_for_function(APART, arg=[f'[data-pointer="/input/{name}"] .pills', ".data-float"])
        editor.press("Escape")


def test_only_cards_that_changed_are_drawn_again_among_two_hundred(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(*many_steps()))
    assert len(editor.order()) == 200
    expect(editor.page.locator(".minimap")).to_be_visible()
    editor.page.evaluate("() => document.querySelectorAll('.tile').forEach((tile) => (tile.dataset.old = ''))")
    editor.card("s1").focus()
    editor.press("Alt+ArrowDown")
    assert editor.order()[1:3] == ["s2", "s1"]
    drawn: list[str] = editor.page.evaluate(
        "() => [...document.querySelectorAll('.tile:not([data-old])')].map((tile) => tile.dataset.key)"
    )
    assert drawn == ["s2", "s1"]


def test_scripts_stay_within_their_budget_and_everything_comes_from_here(world: World, visit: Visit) -> None:
    editor = visit(world.workflow())
    editor.page.wait_for_load_state("networkidle")
    loaded: list[str] = editor.page.evaluate("() => performance.getEntriesByType('resource').map((one) => one.name)")
    urls = [url for url in loaded if url.endswith(".js")]
    assert any(url.endswith("/editor/main.js") for url in urls)
    assert any(url.endswith(".woff2") for url in loaded)
    assert [url for url in loaded if not url.startswith(world.product)] == []
    answers = [editor.page.request.get(url) for url in set(urls)]
    assert sum(len(gzip.compress(answer.body())) for answer in answers) < BUDGET_KB * 1024
    assert {answer.headers["cache-control"] for answer in answers} == {FOREVER}


def test_policy_allows_no_inline_script_and_the_editor_needs_none(world: World, visit: Visit) -> None:
    editor = visit(world.workflow(*STEPS))
    answer = editor.page.request.get(f"/workflows/{editor.workflow}/edit")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    editor.card("upsert").click()
    expect(editor.text("/input/email")).to_be_visible()


def test_without_javascript_the_page_leads_to_plain_forms(world: World, visit: Visit) -> None:
    workflow = world.workflow(*STEPS)
    editor = visit(workflow)
    browser = editor.page.context.browser
    assert browser
    context = browser.new_context(storage_state=world.signed_in, base_url=world.product, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/workflows/{workflow}/edit")
    page.get_by_role("link", name="plain forms").click()
    expect(page).to_have_url(f"{world.product}/workflows/{workflow}")
    context.close()
