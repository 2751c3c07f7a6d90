"""Every page in a real browser: accessible, nothing wider than the screen, nothing wrong in the console."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
import uvicorn
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, async_playwright

from tests.web.conftest import Site

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
SCREENS = {"light": (1280, 800, "light"), "dark": (1280, 800, "dark"), "phone": (390, 844, "light")}
SETTINGS = ("/settings", "/settings/tokens", "/settings/people", "/settings/server")
TAG: dict[str, Any] = {
    "key": "tag",
    "kind": "action",
    "operation": "mailercloud.contacts.tag",
    "input": {"contact": "{{ trigger.email }}", "tags": ["new"]},
}
STEPS: tuple[dict[str, Any], ...] = (
    {"key": "only_mail", "kind": "filter", "rules": [{"left": "{{ trigger.email }}", "test": "is_not_empty"}]},
    {
        "key": "split",
        "kind": "paths",
        "branches": [
            {
                "key": "vip",
                "title": "VIP",
                "rules": [{"left": "{{ trigger.vip }}", "test": "is_true"}],
                "steps": [TAG],
            },
            {"key": "otherwise", "title": "Everyone else", "steps": []},
        ],
    },
    {
        "key": "each",
        "kind": "loop",
        "items": "{{ trigger.tasks }}",
        "steps": [{"key": "wait", "kind": "delay", "for": {"amount": 0, "unit": "seconds"}}],
    },
)


@dataclass
class Seeded:
    """Paths of things that exist."""

    workflow: str
    run: str
    event: str
    connection: str

    def pages(self) -> list[str]:
        steps = [f"{self.workflow}/steps/{key}" for key in ("only_mail", "split", "tag", "each", "wait", "new")]
        parts = [f"{self.workflow}{part}" for part in ("", "/versions", "/settings", "/test", "/trigger")]
        nouns = ["/", "/workflows", "/workflows/new", "/workflows/import", "/runs", "/events", "/connections"]
        more = ["/connections/new", "/connections/new/gohighlevel", "/catalogue", "/catalogue/mailercloud"]
        rest = ["/catalogue/mailercloud/contacts/tag", "/recipes", "/recipes/new-contact-welcome-sequence"]
        last = [*SETTINGS, "/glossary", "/_styles", "/nowhere", self.run, self.event, self.connection]
        return [*nouns, *more, *rest, *last, *parts, *steps]


async def seeded(site: Site) -> Seeded:
    shell = site.shell
    connection = site.connect()
    steps: list[dict[str, Any]] = [dict(step) for step in STEPS]
    steps[1]["branches"][0]["steps"] = [{**TAG, "connection": connection.id}]
    workflow = site.workflow(*steps)
    shell.versions.publish(workflow.id, note="First")
    version = shell.versions.snapshot(workflow.id)
    payload = {"email": "anna@example.com", "vip": True, "tasks": ["call", "write"], "html": "<b>bold</b>"}
    accepted = await shell.run_control.start(workflow.id, version.id, payload, mode="test")
    await shell.dispatcher.idle()
    return Seeded(
        f"/workflows/{workflow.id}",
        f"/runs/{accepted.run_ids[0]}",
        f"/events/{accepted.event_id}",
        f"/connections/{connection.id}",
    )


class AnnouncedServer(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def served(site: Site) -> AsyncIterator[str]:
    """The site on a free port; its address."""
    server = AnnouncedServer(uvicorn.Config(site.app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    await server.listening.wait()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    installed = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        yield browser
        await browser.close()


async def faults(page: Page, path: str, rules: list[str] | None) -> list[str]:
    """What is wrong with the page that is open."""
    wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    found = [f"{path} is {wider} px wider than the screen"] if wider > 0 else []
    await page.evaluate(AXE)
    only = {"runOnly": rules} if rules else {}
    result = await page.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"], **only})
    assert result["passes"] or result["violations"], "axe looked at nothing"
    for violation in result["violations"]:
        places = [node["target"] for node in violation["nodes"][:3]]
        found.append(f"{path}: {violation['id']} at {places}")
    return found


@pytest.mark.parametrize("screen", list(SCREENS))
async def test_every_page_is_accessible_and_fits(working: Site, chromium: Chromium, screen: str) -> None:
    width, height, scheme = SCREENS[screen]
    token = working.shell.accounts.create_session(working.owner().id)
    paths = await seeded(working)
    problems: list[str] = []
    async with served(working) as address:
        context = await chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            is_mobile=screen == "phone",
        )
        await context.add_cookies([{"name": "stepline_session", "value": token, "url": address}])
        page = await context.new_page()
        page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
        page.on(
            "console",
            lambda said: problems.append(said.text) if said.type == "error" and "404" not in said.text else None,
        )
        for path in paths.pages():
            await page.goto(address + path)
            problems += await faults(page, path, ["color-contrast"] if screen == "dark" else None)
        await context.close()
    assert problems == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["Y" * 190, "<script>document.title='broken'</script><img src=x onerror=alert(1)>"])
async def test_names_of_any_length_and_kind_fit_and_stay_text(
    working: Site, chromium: Chromium, width: int, name: str
) -> None:
    token = working.shell.accounts.create_session(working.owner().id)
    connection = working.connect(name[:120])
    workflow = working.workflow({**TAG, "title": name, "connection": connection.id}, name=name)
    working.shell.workflows.rename(workflow.id, name, name * 4)
    version = working.shell.versions.publish(workflow.id, note=name)
    payload = {"email": f"{name}@example.com", "name": name}
    accepted = await working.shell.run_control.start(workflow.id, version.id, payload, mode="test")
    await working.shell.dispatcher.idle()
    parts = [f"/workflows/{workflow.id}{part}" for part in ("", "/versions", "/settings", "/test", "/steps/tag")]
    things = [f"/runs/{accepted.run_ids[0]}", f"/events/{accepted.event_id}", f"/connections/{connection.id}"]
    problems: list[str] = []
    async with served(working) as address:
        context = await chromium.new_context(viewport={"width": width, "height": 844})
        await context.add_cookies([{"name": "stepline_session", "value": token, "url": address}])
        page = await context.new_page()
        page.on("dialog", lambda dialog: problems.append(f"a dialog: {dialog.message}"))
        for path in ["/", "/workflows", "/runs", "/events", "/connections", *parts, *things]:
            await page.goto(address + path)
            wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            problems += [f"{path} is {wider} px wider than the screen"] if wider > 0 else []
            problems += [f"{path} ran a script"] if await page.title() == "broken" else []
        await context.close()
    assert problems == []


async def test_one_time_link_opens_the_product_signed_in(working: Site, chromium: Chromium) -> None:
    token = working.shell.accounts.create_login_link("signin", working.owner().id, timedelta(hours=1))
    async with served(working) as address:
        page = await chromium.new_page()
        await page.goto(f"{address}/signin/{token}")
        await page.get_by_role("heading", name="Good to see you, Anna").wait_for()
        await page.context.close()


async def test_run_list_shows_a_new_run_by_itself(working: Site, chromium: Chromium) -> None:
    token = working.shell.accounts.create_session(working.owner().id)
    async with served(working) as address:
        context = await chromium.new_context()
        await context.add_cookies([{"name": "stepline_session", "value": token, "url": address}])
        page = await context.new_page()
        await page.goto(f"{address}/runs")
        await page.get_by_role("heading", name="Nothing has run yet").wait_for()
        await seeded(working)
        await page.get_by_role("link", name="anna@example.com").wait_for(timeout=5000)
        await context.close()


async def test_clicked_data_goes_into_the_field_of_the_cursor(working: Site, chromium: Chromium) -> None:
    token = working.shell.accounts.create_session(working.owner().id)
    paths = await seeded(working)
    async with served(working) as address:
        context = await chromium.new_context()
        await context.add_cookies([{"name": "stepline_session", "value": token, "url": address}])
        page = await context.new_page()
        await page.goto(f"{address}{paths.workflow}/steps/tag")
        field = page.get_by_label("Name of this step")
        await field.fill("Tag ")
        await page.get_by_role("button", name="email anna@example.com").click()
        assert await field.input_value() == "Tag {{ trigger.email }}"
        await context.close()


async def test_search_narrows_the_list_while_typing_and_back_undoes_it(working: Site, chromium: Chromium) -> None:
    token = working.shell.accounts.create_session(working.owner().id)
    working.workflow(name="Welcome")
    working.workflow(name="Goodbye")
    async with served(working) as address:
        context = await chromium.new_context()
        await context.add_cookies([{"name": "stepline_session", "value": token, "url": address}])
        page = await context.new_page()
        await page.goto(f"{address}/workflows")
        await page.keyboard.press("/")
        await page.keyboard.type("wel")
        await page.get_by_role("link", name="Goodbye").wait_for(state="detached")
        assert page.url.endswith("?q=wel")
        await page.go_back()
        await page.get_by_role("link", name="Goodbye").wait_for()
        await context.close()


async def test_pages_work_without_scripts(working: Site, chromium: Chromium) -> None:
    token = working.shell.accounts.create_session(working.owner().id)
    working.workflow(*STEPS[:1], name="Welcome")
    async with served(working) as address:
        context = await chromium.new_context(java_script_enabled=False)
        await context.add_cookies([{"name": "stepline_session", "value": token, "url": address}])
        page = await context.new_page()
        await page.goto(f"{address}/workflows?q=wel")
        await page.get_by_role("switch").click()
        await page.get_by_text("“Welcome” is on.").wait_for()
        await context.close()
