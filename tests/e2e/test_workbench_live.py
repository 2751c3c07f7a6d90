"""What an operator sees while things happen: a run turns green by itself; one is held, mended, and finishes."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, Route, expect

from tests.e2e.editor import World
from tests.e2e.workbench import PHONE, row, says, tick, wider_than_the_screen, window

SUCCEEDED = re.compile("Succeeded")


def test_new_contact_is_seen_running_and_turning_green(world: World, chromium: Browser) -> None:
    with window(chromium, world) as page:
        page.goto("/runs")
        world.add_contact(firstName="Anna", lastName="Berg", email="anna@example.com")
        # the list shows it without being asked
        row(page, "anna@example.com").get_by_role("link").click()
        page.get_by_role("heading", name="anna@example.com").wait_for()
        # the demo waits some seconds before the second mail: until then the page is not loaded anew once
        page.evaluate("window.sameDocument = true")
        expect(page.locator(".run-facts")).to_contain_text(SUCCEEDED, timeout=40_000)
        assert page.evaluate("window.sameDocument")
        expect(page.locator(".timeline")).to_contain_text("Send the second e-mail")
        page.goto("/")
        expect(page.locator(".chart-figure")).to_contain_text("Succeeded")


def test_held_run_finishes_after_the_connection_is_mended(world: World, chromium: Browser) -> None:
    with window(chromium, world) as page:
        # given a Mailercloud that lets nobody in any more
        world.set_fault("mailercloud", "401")
        world.add_contact(firstName="Ben", email="ben@example.com")
        page.goto("/")
        held = page.locator(".card", has=page.get_by_role("heading", name="Needs you"))
        expect(held).to_contain_text("ben@example.com", timeout=30_000)
        expect(held).to_contain_text("Mailercloud (sandbox) does not work")
        held.get_by_role("link", name="Welcome new contacts").click()
        expect(page.locator(".run-facts")).to_contain_text("Held")

        # when it is still broken, then reconnecting is refused and nothing changes
        page.get_by_role("link", name="Mend the connection").click()
        page.get_by_role("button", name="Test and save").click()
        page.get_by_text("Save anyway").wait_for()

        # when it works again, then the run goes on by itself
        world.set_fault("mailercloud", "none")
        page.get_by_role("button", name="Test and save").click()
        says(page, "1 held run goes on now.")
        page.goto("/runs?q=ben@example.com")
        row(page, "ben@example.com").get_by_role("link").click()
        expect(page.locator(".run-facts")).to_contain_text(SUCCEEDED, timeout=40_000)
        page.goto("/connections")
        expect(row(page, "Mailercloud (sandbox)")).to_contain_text("Works")


def test_reader_keeps_what_is_open_and_where_the_focus_is(world: World, chromium: Browser) -> None:
    wait: dict[str, Any] = {"key": "wait", "kind": "delay", "title": "Wait", "for": {"amount": 4, "unit": "seconds"}}
    shout: dict[str, Any] = {
        "key": "shout",
        "kind": "action",
        "title": "Shout",
        "operation": "formatter.text.change_case",
        "input": {"text": "hello", "case": "upper"},
    }
    workflow = world.workflow(shout, wait, name="Slow", operation="webhook.hooks.received", connection=None)
    with window(chromium, world) as page:
        page.goto(f"/workflows/{workflow}/test")
        page.locator("input[value=test]").check()
        page.get_by_role("button", name="Start the test").click()
        step = page.locator("#step-shout")
        step.locator("summary").first.click()
        expect(step).to_have_attribute("open", "")
        expect(page.locator(".run-facts")).to_contain_text(SUCCEEDED, timeout=30_000)
        expect(page.locator("#step-shout")).to_have_attribute("open", "")
        assert page.evaluate("document.activeElement.closest('details')?.id") == "step-shout"
        # nothing is asked any more once the run is over
        expect(page.locator("[data-live]")).to_have_count(0)


def test_selection_outlives_news_that_was_already_on_its_way(world: World, chromium: Browser) -> None:
    with window(chromium, world) as page:
        world.add_contact(firstName="Dana", email="dana@example.com")
        page.goto("/events")
        row(page, "dana@example.com").wait_for()
        held: list[Route] = []
        page.route("**/events", lambda route: held.append(route))
        world.add_contact(firstName="Egon", email="egon@example.com")
        while not held:
            page.wait_for_timeout(50)
        tick(page, "dana@example.com")
        with page.expect_response("**/events"):
            held[0].continue_()
        # asked for before the tick, so it would have taken the tick away
        page.wait_for_timeout(500)
        expect(row(page, "dana@example.com").locator("input.box")).to_be_checked()
        expect(row(page, "egon@example.com")).to_have_count(0)
        # and nothing of it is lost
        page.unroute("**/events")
        page.get_by_role("button", name="Select nothing").click()
        row(page, "egon@example.com").wait_for()


def test_run_is_followed_on_a_phone(world: World, chromium: Browser) -> None:
    with window(chromium, world, **PHONE) as page:
        world.add_contact(firstName="Carla", email="carla@example.com")
        page.goto("/")
        page.get_by_role("navigation", name="Tabs").get_by_role("link", name="Runs").click()
        page.get_by_label("Search runs").fill("carla@")
        row(page, "carla@example.com").get_by_role("link").click()
        expect(page.locator(".run-facts")).to_contain_text(SUCCEEDED, timeout=40_000)
        assert wider_than_the_screen(page) <= 0
        page.locator("#step-welcome_mail > summary").click()
        assert wider_than_the_screen(page) <= 0
        page.get_by_role("link", name="Run again").click()
        page.get_by_role("heading", name="Run again").wait_for()
        assert wider_than_the_screen(page) <= 0
