"""The pages of a Stepline in use, in a real browser: for every eye, for the keyboard alone, without scripts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Page, ViewportSize, expect

from tests.pictures.scene import Scene, scene
from tests.pictures.shots import Shot, shots
from tests.pictures.studio import SCREENS, Screen, chromium, opened, served, visitor

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
AUDIT = """async (rules) => (await axe.run(document, {resultTypes: ["violations"], ...rules})).violations
    .map((found) => `${found.id} at ${found.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`)"""
PARTS = 3
"""Several processors share the pages."""
PHONE_RULES = ["target-size", "scrollable-region-focusable"]
ULTRAWIDE: ViewportSize = {"width": 2560, "height": 1200}
LIGHT = SCREENS["light"]
FOCUS_SHOWS = """() => {
    const element = document.activeElement;
    const shows = (one, part) => {
        const style = one && getComputedStyle(one, part);
        return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    };
    return element === document.body || shows(element) || shows(element, "::after")
        || shows(element.parentElement) || shows(element.nextElementSibling);
}"""
SETTLED = """async () => {
    do await new Promise(requestAnimationFrame);
    while (document.getAnimations().some((one) => one.playState === "running"));
}"""
WIDTHS = "() => Array.from(document.querySelectorAll('.main-cell'), (cell) => cell.clientWidth)"
SHIFTS = """() => {
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({type: "layout-shift", buffered: false});
}"""

Open = Callable[..., AbstractAsyncContextManager[BrowserContext]]


@dataclass(frozen=True)
class Place:
    """A scene that is served; `window` opens a signed-in browser window on a screen."""

    scene: Scene
    window: Open

    def path(self, workflow: str) -> str:
        return f"/workflows/{self.scene.workflows[workflow]}"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with (
        scene(tmp_path, "http://localhost:8000") as made,
        served(made.stepline) as address,
        chromium() as browser,
    ):

        def window(screen: Screen = LIGHT, **options: Any) -> AbstractAsyncContextManager[BrowserContext]:
            return visitor(browser, made.stepline, address, made.owner, screen, **options)

        yield Place(made, window)


async def too_wide(page: Page, shot: Shot) -> list[str]:
    wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{shot.name} is {wider} px wider than the screen"] if wider > 0 else []


async def audit(page: Page, shot: Shot, rules: dict[str, Any]) -> list[str]:
    """What axe finds wrong with the page that is open."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    return [f"{shot.name}: {fault}" for fault in await page.evaluate(AUDIT, rules)]


async def in_light_in_dark_and_wide(page: Page, shot: Shot) -> list[str]:
    problems = await too_wide(page, shot) + await audit(page, shot, {"rules": {"target-size": {"enabled": True}}})
    await page.emulate_media(color_scheme="dark")
    await page.evaluate(SETTLED)
    problems += await audit(page, shot, {"runOnly": ["color-contrast"]})
    await page.set_viewport_size(ULTRAWIDE)
    problems += await too_wide(page, shot)
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": LIGHT.width, "height": LIGHT.height})
    return problems


async def on_a_phone(page: Page, shot: Shot) -> list[str]:
    return await too_wide(page, shot) + await audit(page, shot, {"runOnly": PHONE_RULES})


async def look(
    place: Place, screen: Screen, judge: Callable[[Page, Shot], Awaitable[list[str]]], part: int
) -> list[str]:
    """The faults of one part of all pages and dialogs but the editor's, which has tests of its own."""
    problems: list[str] = []

    def note(said: ConsoleMessage) -> None:
        if said.type == "error" and "404" not in said.text and "422" not in said.text:
            problems.append(said.text)

    async with place.window(screen, reduced_motion="reduce") as context:
        page = await context.new_page()
        page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
        page.on("console", note)
        for shot in list(shots(place.scene))[part::PARTS]:
            if shot.signed_in and not shot.name.startswith("editor"):
                await opened(page, shot)
                problems += await judge(page, shot)
    return problems


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_page_and_dialog_is_accessible_and_fits(place: Place, part: int) -> None:
    assert await look(place, LIGHT, in_light_in_dark_and_wide, part) == []


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_page_and_dialog_fits_a_phone(place: Place, part: int) -> None:
    assert await look(place, SCREENS["phone"], on_a_phone, part) == []


@pytest.mark.parametrize("width", [390, 820, 1010])
async def test_names_keep_their_room_in_lists(place: Place, width: int) -> None:
    async with place.window(Screen(width, 900)) as context:
        page = await context.new_page()
        for path in ("/workflows", "/runs", "/events", "/connections"):
            await page.goto(path)
            widths = await page.evaluate(WIDTHS)
            assert min(widths) > 180, path


async def test_keyboard_alone_reaches_everything_and_always_shows_where_it_is(place: Place) -> None:
    problems = []
    async with place.window() as context:
        page = await context.new_page()
        for path in (
            "/",
            "/workflows",
            "/runs",
            place.path("router"),
            f"/runs/{place.scene.runs['held']}",
            "/settings",
        ):
            await page.goto(path)
            reached = 0
            for _ in range(60):
                await page.keyboard.press("Tab")
                reached += 1
                if await page.evaluate("document.activeElement === document.body"):
                    break
                if not await page.evaluate(FOCUS_SHOWS):
                    where = await page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
                    problems.append(f"{path}: no visible focus on {where}")
            assert reached > 10
    assert problems == []


async def test_many_workflows_are_switched_with_the_keyboard_alone(place: Place) -> None:
    async with place.window() as context:
        page = await context.new_page()
        await page.goto("/workflows?q=birthday")
        await page.locator("input.box[name=ids]").focus()
        await page.keyboard.press("Space")
        await page.locator(".bulk").get_by_text("1 selected").wait_for()
        await page.locator(".bulk summary", has_text="Tag").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.type("yearly")
        await page.keyboard.press("Enter")  # must not press the first button of the bar
        assert "/workflows?q=birthday" in page.url
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.locator("#toasts").get_by_text("1 workflow tagged “yearly”.").wait_for()
        await page.keyboard.press("Escape")


async def test_escape_closes_what_is_open_and_gives_the_focus_back(place: Place) -> None:
    async with place.window() as context:
        page = await context.new_page()
        await page.goto("/workflows")
        await page.get_by_role("button", name="New folder").press("Enter")
        assert await page.locator("#new-folder input[name=name]").evaluate("field => field === document.activeElement")
        await page.keyboard.press("Escape")
        assert await page.evaluate("document.activeElement.textContent.includes('New folder')")
        summary = page.locator("summary.chip", has_text="Tag")
        await summary.press("Enter")
        await page.keyboard.press("Escape")
        assert await summary.evaluate("element => element === document.activeElement")


async def test_pages_stand_still_while_their_live_parts_are_renewed(place: Place) -> None:
    async with place.window() as context:
        page = await context.new_page()
        for path in ("/", f"/runs/{place.scene.runs['waiting']}"):
            await page.goto(path)
            await page.evaluate("document.fonts.ready")
            await page.evaluate(SHIFTS)
            for _ in range(2):
                async with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
                    await page.evaluate("""() => {
                        const part = document.querySelector("[data-live]");
                        delete part.dataset.seen;  // as if there were news
                        htmx.trigger(part, "tick");
                    }""")
                await page.evaluate("new Promise(requestAnimationFrame)")
            assert await page.evaluate("window.shifted") < 0.01, path


async def test_back_leads_through_filters_one_by_one(place: Place) -> None:
    async with place.window() as context:
        page = await context.new_page()
        field = page.get_by_label("Search runs")
        await page.goto("/runs")
        await page.get_by_role("link", name="Failed").click()
        await page.wait_for_url("**/runs?status=failed")
        await field.fill("hugo")
        await page.wait_for_url("**q=hugo**")
        await page.get_by_role("link", name="hugo.lind@example.com").first.click()
        await page.get_by_role("heading", name="hugo.lind@example.com").wait_for()
        await page.go_back()
        await expect(field).to_have_value("hugo")
        await page.go_back()
        await page.wait_for_url("**/runs?status=failed")
        await expect(field).to_have_value("")
        await page.go_back()
        await page.wait_for_url("**/runs")


async def test_nothing_moves_for_those_who_asked_for_that(place: Place) -> None:
    async with place.window() as context:
        page = await context.new_page()
        await page.goto("/workflows")
        await page.locator("input.box[name=ids]").first.check()
        longest = await page.evaluate("""() => Math.max(...[...document.querySelectorAll("*")].flatMap((element) => {
            const style = getComputedStyle(element);
            const durations = [style.animationDuration, style.transitionDuration];
            return durations.flatMap((text) => text.split(",").map(parseFloat));
        }))""")
        assert longest <= 0.001


async def without_scripts(place: Place, act: Callable[[Page], Awaitable[None]]) -> None:
    async with place.window(java_script_enabled=False) as context:
        await act(await context.new_page())


async def test_publishing_and_going_back_work_without_scripts(place: Place) -> None:
    async def act(page: Page) -> None:
        await page.goto(place.path("router"))
        await page.get_by_role("link", name="Publish").click()
        await page.get_by_label("What changed?").fill("Without a script")
        await page.get_by_role("button", name="Publish").click()
        await page.get_by_text("Version 3 is live.").wait_for()
        await page.get_by_role("link", name="Versions").click()
        await page.get_by_role("link", name="Version 1").click()
        await page.get_by_role("button", name="Make this the draft").click()
        await page.get_by_role("button", name="Undo").click()
        await page.get_by_text("The draft is as it was before.").wait_for()

    await without_scripts(place, act)


async def test_lists_work_without_scripts(place: Place) -> None:
    async def act(page: Page) -> None:
        await page.goto("/workflows")
        await page.get_by_role("button", name="New folder").click()
        await page.locator("#new-folder input[name=name]").fill("By hand")
        await page.get_by_role("button", name="Make the folder").click()
        await page.get_by_text("This folder is empty").wait_for()
        await page.goto("/workflows")
        await page.get_by_label("Select Birthday greetings").check()
        await page.locator(".bulk summary", has_text="Move").click()
        await page.locator(".bulk").get_by_role("button", name="By hand").click()
        await page.get_by_text("1 workflow moved to “By hand”.").wait_for()
        await page.get_by_label("Select Birthday greetings").check()
        await page.locator(".bulk").get_by_role("button", name="Delete").click()
        await page.get_by_role("button", name="Delete for good").click()
        await page.get_by_text("1 workflow deleted.").wait_for()
        await page.get_by_label("Search workflows").fill("party")
        await page.get_by_role("button", name="Search").click()
        assert await page.locator("tbody tr").count() == 1

    await without_scripts(place, act)


async def test_runs_are_repeated_and_decided_without_scripts(place: Place) -> None:
    async def act(page: Page) -> None:
        await page.goto(f"/runs/{place.scene.runs['failed']}/replay")
        await page.get_by_text("Change the data first").click()
        data = {"email": "hugo.lind@example.com", "budget": 1, "tasks": []}
        await page.get_by_label("Data from the trigger").fill(json.dumps(data))
        await page.get_by_role("button", name="Run again").click()
        await page.get_by_text("Started again with other data.").wait_for()
        await page.goto(f"/runs/{place.scene.runs['held']}")
        await page.get_by_role("button", name="It was done, go on").click()
        await page.get_by_text("Noted as done. The run goes on.").wait_for()
        await page.goto(f"/connections/{place.scene.accounts['ghl_yacht']}")
        await page.get_by_role("link", name="Delete").click()
        await page.get_by_role("button", name="Delete").click()
        await page.get_by_text("The connection is deleted.").wait_for()

    await without_scripts(place, act)
