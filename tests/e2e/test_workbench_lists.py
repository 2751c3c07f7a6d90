"""Many at once and once more: bulk actions, replay, sending events again, importing with mistakes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, expect

from tests.e2e.editor import World
from tests.e2e.workbench import PHONE, row, says, tick, wider_than_the_screen, window

CATCH: dict[str, Any] = {"operation": "webhook.hooks.received", "connection": None}
ONLY: dict[str, Any] = {
    "key": "only",
    "kind": "filter",
    "title": "Only with a name",
    "rules": [{"left": "{{ trigger.name }}", "test": "is_not_empty"}],
}
TRIM: dict[str, Any] = {
    "key": "trim",
    "kind": "action",
    "operation": "formatter.text.trim",
    "input": {"text": "{{ trigger.name }}"},
}


def hook(world: World, workflow: str) -> str:
    with world.stepline() as stepline:
        path: str = stepline.hooks.for_workflow(workflow).path
    return world.product + path


def switch_on(world: World, page_of: Any, workflow: str) -> None:
    """In the browser, so that the server that runs learns of it."""
    page_of.goto(f"/workflows/{workflow}")
    page_of.get_by_role("switch", checked=False).click()
    page_of.locator("#toasts").get_by_text("is on.").wait_for()


def test_workflows_are_filed_tagged_switched_exported_and_deleted_together(
    world: World, chromium: Browser, tmp_path: Path
) -> None:
    for name in ("Form left", "Form right"):
        world.workflow(ONLY, name=name, **CATCH)
    with window(chromium, world) as page:
        page.goto("/workflows")
        tick(page, "Form left", "Form right")
        expect(page.locator(".bulk")).to_contain_text("2 selected")
        page.locator(".bulk").get_by_text("Move").first.click()
        page.get_by_label("Name of a new folder").fill("Website")
        page.locator(".menu-form").get_by_role("button", name="Move").click()
        says(page, "2 workflows moved to the new folder “Website”.")

        page.get_by_role("navigation", name="Folders").get_by_role("link", name="Website").click()
        page.get_by_label("Select all workflows on this page").check()
        page.locator(".bulk").get_by_text("Tag").first.click()
        page.get_by_label("Tag", exact=True).fill("forms")
        page.get_by_role("button", name="Add this tag").click()
        says(page, "2 workflows tagged “forms”.")
        assert "folder=" in page.url

        page.get_by_label("Select all workflows on this page").check()
        page.locator(".bulk").get_by_role("button", name="On", exact=True).click()
        says(page, "2 workflows switched on.")
        expect(page.get_by_role("switch", checked=True)).to_have_count(2)

        page.get_by_label("Select all workflows on this page").check()
        with page.expect_download() as download:
            page.locator(".bulk").get_by_role("button", name="Export").click()
        download.value.save_as(tmp_path / "both.json")
        assert len(json.loads((tmp_path / "both.json").read_text())["recipes"]) == 2

        page.locator(".bulk").get_by_role("button", name="Delete").click()
        page.get_by_role("heading", name="Delete 2 workflows?").wait_for()
        page.get_by_role("button", name="Delete for good").click()
        says(page, "2 workflows deleted.")

        page.goto("/workflows/import")
        page.get_by_label("Recipe file").set_input_files(tmp_path / "both.json")
        page.get_by_role("button", name="Check and go on").click()
        page.get_by_role("button", name="Import all").click()
        says(page, "2 workflows imported, all switched off.")


def test_failed_run_is_run_again_with_mended_data(world: World, chromium: Browser) -> None:
    trim = {**TRIM, "title": "Needs a name"}
    workflow = world.workflow(trim, name="Mend me", **CATCH)
    with window(chromium, world) as page:
        switch_on(world, page, workflow)
        httpx.post(hook(world, workflow), json={"email": "dora@example.com"}).raise_for_status()
        page.goto("/runs?q=dora@example.com")
        row(page, "dora@example.com").get_by_role("link").click()
        expect(page.locator(".run-facts")).to_contain_text("Failed")
        page.get_by_role("link", name="Run again").click()
        page.get_by_text("Change the data first").click()
        page.get_by_label("Data from the trigger").fill('{"email": "dora@example.com", "name": "Dora"}')
        page.get_by_role("button", name="Run again").click()
        says(page, "Started again with other data.")
        expect(page.locator(".run-facts")).to_contain_text("Succeeded")
        # both runs know each other, and back leads to where one was
        page.locator(".run-facts").get_by_role("link", name=re.compile("^Run ")).click()
        expect(page.locator(".run-facts")).to_contain_text("Repeated by")
        expect(page.locator(".run-facts")).to_contain_text("Failed")
        page.go_back()
        expect(page.locator(".run-facts")).to_contain_text("Succeeded")


def test_event_of_a_workflow_that_was_off_is_sent_again(world: World, chromium: Browser) -> None:
    workflow = world.workflow(ONLY, name="Was off", **CATCH)
    assert httpx.post(hook(world, workflow), json={"name": "Emil", "email": "emil@example.com"}).status_code == 410
    with window(chromium, world) as page:
        switch_on(world, page, workflow)
        page.goto("/events?status=refused")
        expect(row(page, "emil@example.com")).to_contain_text("switched off")
        tick(page, "emil@example.com")
        page.locator(".bulk").get_by_role("button", name="Send again").click()
        expect(page.locator("main")).to_contain_text("Starts “Was off”")
        page.get_by_role("button", name="Send again").click()
        says(page, "Sent again. This is the new event.")
        page.goto("/runs?q=emil@example.com")
        expect(row(page, "emil@example.com")).to_contain_text("Succeeded")


def test_recipe_with_mistakes_is_mended_imported_and_switched_on(world: World, chromium: Browser) -> None:
    step = {**TRIM, "operation": "formatter.text.tidy"}
    recipe: dict[str, Any] = {
        "format": 1,
        "slug": "tidy-names",
        "name": "Tidy names",
        "trigger": {"operation": "webhook.hooks.received"},
        "steps": [step],
    }
    mended = {**recipe, "steps": [TRIM]}
    with window(chromium, world) as page:
        page.goto("/workflows/import")
        page.get_by_label("Or paste it here").fill(json.dumps(recipe))
        page.get_by_role("button", name="Check and go on").click()
        expect(page.locator(".callout")).to_contain_text("Step “trim”")
        expect(page.locator(".callout")).to_contain_text("formatter.text.tidy")
        page.get_by_label("Or paste it here").fill(json.dumps(mended))
        page.get_by_role("button", name="Check and go on").click()
        page.get_by_role("button", name="Make this workflow").click()
        says(page, "Imported and ready.")
        page.get_by_role("switch").click()
        says(page, "“Tidy names” is on.")


def test_bulk_actions_and_filters_work_on_a_phone(world: World, chromium: Browser) -> None:
    world.workflow(ONLY, name="On the go", **CATCH)
    with window(chromium, world, **PHONE) as page:
        page.goto("/workflows")
        tick(page, "On the go")
        expect(page.locator(".bulk")).to_contain_text("1 selected")
        assert wider_than_the_screen(page) <= 0
        page.locator(".bulk").get_by_text("Tag").first.click()
        page.get_by_label("Tag", exact=True).fill("mobile")
        page.get_by_role("button", name="Add this tag").click()
        says(page, "1 workflow tagged “mobile”.")
        page.locator("summary.chip", has_text="Tag").click()
        page.get_by_role("link", name=re.compile("^mobile")).first.click()
        expect(page.get_by_role("link", name="On the go")).to_be_visible()
        assert "tag=mobile" in page.url
        page.go_back()
        assert "tag=" not in page.url
