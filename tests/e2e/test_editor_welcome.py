"""The welcome workflow built from nothing in the editor, by mouse and again by keyboard alone, then run for real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.editor import EditorPage, World
from tests.e2e.processes import until
from tests.e2e.workbench import row

Visit = Callable[..., EditorPage]


@pytest.fixture
def blank(world: World, visit: Visit) -> EditorPage:
    """A new workflow, as “New workflow” makes it: it starts by its own hook and does nothing yet."""
    return visit(world.workflow(name="Welcome by hand", operation="webhook.hooks.received", connection=None))


def add_contact(world: World, page: Page, first_name: str, email: str) -> None:
    """On the sandbox's own page, as somebody in GoHighLevel would."""
    page.goto(world.sandbox)
    page.get_by_label("First name").first.fill(first_name)
    page.get_by_label("E-mail").first.fill(email)
    page.get_by_role("button", name="Add contact").click()
    expect(page.get_by_text(email).first).to_be_visible()


def welcomed(world: World, email: str) -> dict[str, Any]:
    """The contact in Mailercloud, once it has its e-mail."""

    def look() -> dict[str, Any] | None:
        state = world.mailercloud()
        mail = any(email in one["to"] and one["subject"].startswith("Hello ") for one in state["mails"])
        return next((one for one in state["contacts"] if one["email"] == email), None) if mail else None

    found = until(look, 20)
    assert found
    return found


def test_welcome_workflow_is_built_by_mouse_and_every_step_tested(world: World, blank: EditorPage) -> None:
    editor = blank
    panel = editor.panel

    # given the trigger, chosen in place of the hook
    editor.card("@trigger").click()
    editor.tab("Set up")
    panel.get_by_role("button", name="Change").click()
    editor.choose("gohighlevel new contact", "New contact")
    expect(panel.get_by_label("GoHighLevel account")).not_to_have_value("")

    # when each step is added, mapped and tested
    editor.plus("", 0).click()
    editor.choose("filter", "Filter")
    panel.get_by_role("button", name="Add the first rule").click()
    panel.get_by_label("Rule 1: data").click()
    editor.data.get_by_role("treeitem", name="E-mail").first.click()
    panel.get_by_label("Rule 1: test").select_option("is_not_empty")
    editor.tab("Test")
    panel.get_by_role("button", name="Test this step").click()
    expect(panel.get_by_text("The sample data passes")).to_be_visible()

    editor.plus("", 1).click()
    editor.choose("add or update a contact mailercloud")
    panel.get_by_role("button", name="Fill in matching fields").click()
    expect(editor.field("/input/email").locator(".pill-field")).to_have_text("E-mail")
    editor.field("/input/list_id").get_by_role("combobox").click()
    editor.page.get_by_role("option", name="Welcome").first.click()
    editor.tab("Test")
    panel.get_by_role("button", name="Show what would be sent").click()
    expect(panel.get_by_text("Nothing was sent")).to_be_visible()
    panel.get_by_role("button", name="Test for real").click()
    expect(panel.get_by_text("It worked")).to_be_visible()
    expect(panel.locator(".exchange .badge").first).to_have_text("200")
    for view in ("Table", "JSON", "Tree"):
        panel.get_by_role("button", name=view, exact=True).first.click()
        expect(panel.locator(".data-view").first).to_contain_text("maya.lindqvist@example.com")

    editor.plus("", 2).click()
    editor.choose("tag a contact mailercloud", "Tag a contact")
    editor.text("/input/contact").click()
    editor.data.get_by_role("treeitem", name="E-mail address").first.click()
    panel.get_by_role("button", name="Add an entry").click()
    editor.field("/input/tags/0").get_by_role("combobox").fill("by-hand")
    editor.press("Tab")
    editor.tab("Test")
    panel.get_by_role("button", name="Test for real").click()
    expect(panel.get_by_text("It worked")).to_be_visible()

    editor.plus("", 3).click()
    editor.choose("wait", "Delay")
    panel.get_by_label("Unit").select_option("seconds")
    editor.tab("Test")
    panel.get_by_role("button", name="Test this step").click()
    expect(panel.get_by_text("It worked")).to_be_visible()

    editor.plus("", 4).click()
    editor.choose("send an e-mail mailercloud")
    editor.map("/input/to_email", "trigger e-mail")
    editor.text("/input/subject").click()
    editor.page.keyboard.type("Hello /first name")
    editor.press("Enter")
    editor.page.keyboard.type("!")
    editor.text("/input/html").click()
    editor.page.keyboard.type("<p>Good to have you.</p>")
    editor.field("/input/from_email").get_by_role("combobox").click()
    editor.page.get_by_role("option").first.click()
    editor.text("/input/from_name").click()
    editor.page.keyboard.type("Harbor Studio")
    editor.tab("Test")
    panel.get_by_role("button", name="Test for real").click()
    expect(panel.get_by_text("It worked")).to_be_visible()

    # when it is published and switched on
    expect(editor.page.locator('[data-bar="problems"]')).to_be_hidden()
    editor.page.locator('[data-bar="publish"]').click()
    editor.dialog.get_by_label("What changed?").fill("The first one")
    editor.dialog.get_by_role("button", name="Publish").click()
    expect(editor.page.locator('[data-bar="live"]')).to_have_text("Version 1 is live")
    editor.page.get_by_role("switch").click()
    expect(editor.page.get_by_role("switch")).to_have_attribute("aria-checked", "true")

    # then a new contact's run is seen turning green, and Mailercloud has done everything
    page = editor.page
    outside = page.context.new_page()
    page.locator('[data-bar="more"]').click()
    page.get_by_role("menuitem", name="Runs of this workflow").click()
    page.wait_for_url("**/runs?**")
    page.evaluate("window.sameDocument = true")
    add_contact(world, outside, "Ada", "ada.mouse@example.com")
    expect(row(page, "ada.mouse@example.com")).to_contain_text("Succeeded", timeout=20_000)
    contact = welcomed(world, "ada.mouse@example.com")
    assert contact["name"] == "Ada"
    assert "by-hand" in contact["tags"]

    # when Mailercloud lets nobody in any more, then the next run is held
    world.set_fault("mailercloud", "401")
    add_contact(world, outside, "Bo", "bo.mouse@example.com")
    expect(row(page, "bo.mouse@example.com")).to_contain_text("Held", timeout=20_000)
    assert page.evaluate("window.sameDocument")
    row(page, "bo.mouse@example.com").get_by_role("link").click()
    page.get_by_role("link", name="Mend the connection").click()

    # when it is connected again, then the run finishes
    world.set_fault("mailercloud", "none")
    page.get_by_role("button", name="Test and save").click()
    expect(page.locator("#toasts")).to_contain_text("now")
    page.goto(f"/runs?workflow={editor.workflow}")
    expect(row(page, "bo.mouse@example.com")).to_contain_text("Succeeded", timeout=20_000)
    assert "by-hand" in welcomed(world, "bo.mouse@example.com")["tags"]


def test_welcome_workflow_is_built_by_keyboard_alone(world: World, blank: EditorPage) -> None:
    editor = blank
    type_ = editor.page.keyboard.type

    def pick(text: str) -> None:
        type_(text)
        editor.press("Enter")
        expect(editor.dialog).to_have_count(0)

    def into(label: str) -> None:
        """Tab on until the part of the panel with this name has the focus."""
        wanted = editor.panel.get_by_label(label, exact=True).or_(
            editor.panel.get_by_role("button", name=label, exact=True)
        )
        wanted.first.wait_for()
        for _ in range(60):
            if wanted.first.evaluate("(element) => element === document.activeElement"):
                return
            editor.press("Tab")
        raise AssertionError(f"{label} cannot be reached with Tab")

    def data(words: str) -> None:
        type_(f"/{words}")
        editor.data.locator(".data-row.active").wait_for()
        editor.press("Enter")
        expect(editor.data).to_be_hidden()

    def try_out(button: str, answer: str = "It worked") -> None:
        editor.press("Escape", "t")
        into(button)
        editor.press("Enter")
        expect(editor.panel.get_by_text(answer)).to_be_visible()

    def command(words: str) -> None:
        editor.press("Control+k")
        type_(words)
        editor.press("Enter")

    # given the trigger
    command("choose another trigger")
    into("Change")
    editor.press("Enter")
    pick("New contact gohighlevel")
    expect(editor.panel.get_by_label("GoHighLevel account")).not_to_have_value("")

    # when steps are added from the trigger on
    editor.press("Escape", "Home", "a")
    pick("Filter")
    into("Add the first rule")
    editor.press("Enter")
    data("e-mail")
    into("Rule 1: test")
    type_("has a value")
    editor.press("Tab")
    try_out("Test this step", "The sample data passes")

    editor.press("Escape", "a")
    pick("Add or update a contact mailercloud")
    into("Fill in matching fields")
    editor.press("Enter")
    expect(editor.field("/input/email").locator(".pill-field")).to_have_text("E-mail")
    into("List")
    editor.press("ArrowDown")
    editor.page.get_by_role("option", name="Welcome").first.wait_for()
    type_("Welcome")
    editor.press("Enter")
    try_out("Test for real")

    editor.press("Escape", "a")
    pick("Tag a contact mailercloud")
    into("Contact")
    data("trigger e-mail")
    into("Add an entry")
    editor.press("Enter")
    type_("by-hand")
    editor.press("Tab")
    try_out("Test for real")

    editor.press("Escape", "a")
    pick("Delay")
    into("Unit")
    type_("sec")
    editor.press("Tab")
    try_out("Test this step")

    editor.press("Escape", "a")
    pick("Send an e-mail mailercloud")
    into("To")
    data("trigger e-mail")
    into("Subject")
    type_("Hello ")
    data("first name")
    type_("!")
    into("From address")
    editor.press("ArrowDown")
    editor.page.get_by_role("option").first.wait_for()
    editor.press("ArrowDown", "Enter")
    into("Message (HTML)")
    type_("<p>Good to have you.</p>")
    into("From name")
    type_("Harbor Studio")
    try_out("Show what would be sent", "Nothing was sent")
    try_out("Test for real")

    # when it is published and switched on
    expect(editor.page.locator('[data-bar="problems"]')).to_be_hidden()
    editor.press("Escape", "Escape")
    command("publish")
    expect(editor.dialog.get_by_label("What changed?")).to_be_focused()
    editor.press("Enter")
    expect(editor.page.locator('[data-bar="live"]')).to_have_text("Version 1 is live")
    command("switch the workflow on")
    expect(editor.page.get_by_role("switch")).to_have_attribute("aria-checked", "true")

    # then a new contact's run is seen turning green
    command("runs of this workflow")
    editor.page.wait_for_url("**/runs?**")
    world.add_contact(firstName="Ada", email="ada.keys@example.com")
    expect(row(editor.page, "ada.keys@example.com")).to_contain_text("Succeeded", timeout=20_000)
    assert "by-hand" in welcomed(world, "ada.keys@example.com")["tags"]
