"""Pages in a real browser: names of any kind stay text, lists renew themselves, everything works without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.pictures.studio import chromium, served
from tests.web.conftest import Site

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


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["Y" * 190, "<script>document.title='broken'</script><img src=x onerror=alert(1)>"])
async def test_names_of_any_length_and_kind_fit_and_stay_text(
    working: Site, browser: Browser, width: int, name: str
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
    async with served(working.shell) as address:
        context = await browser.new_context(viewport={"width": width, "height": 844})
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


async def test_one_time_link_opens_the_product_signed_in(working: Site, browser: Browser) -> None:
    token = working.shell.accounts.create_login_link("signin", working.owner().id, timedelta(hours=1))
    async with served(working.shell) as address:
        page = await browser.new_page()
        await page.goto(f"{address}/signin/{token}")
        await page.get_by_role("heading", name="Good to see you, Anna").wait_for()
        await page.context.close()


async def test_run_list_shows_a_new_run_by_itself(working: Site, browser: Browser) -> None:
    token = working.shell.accounts.create_session(working.owner().id)
    async with served(working.shell) as address:
        context = await browser.new_context()
        await context.add_cookies([{"name": "stepline_session", "value": token, "url": address}])
        page = await context.new_page()
        await page.goto(f"{address}/runs")
        await page.get_by_role("heading", name="Nothing has run yet").wait_for()
        await seeded(working)
        await page.get_by_role("link", name="anna@example.com").wait_for(timeout=5000)
        await context.close()


async def test_clicked_data_goes_into_the_field_of_the_cursor(working: Site, browser: Browser) -> None:
    token = working.shell.accounts.create_session(working.owner().id)
    paths = await seeded(working)
    async with served(working.shell) as address:
        context = await browser.new_context()
        await context.add_cookies([{"name": "stepline_session", "value": token, "url": address}])
        page = await context.new_page()
        await page.goto(f"{address}{paths.workflow}/steps/tag")
        field = page.get_by_label("Name of this step")
        await field.fill("Tag ")
        await page.get_by_role("button", name="email anna@example.com").click()
        assert await field.input_value() == "Tag {{ trigger.email }}"
        await context.close()


async def test_search_narrows_the_list_while_typing_and_back_undoes_it(working: Site, browser: Browser) -> None:
    token = working.shell.accounts.create_session(working.owner().id)
    working.workflow(name="Welcome")
    working.workflow(name="Goodbye")
    async with served(working.shell) as address:
        context = await browser.new_context()
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


async def test_pages_work_without_scripts(working: Site, browser: Browser) -> None:
    token = working.shell.accounts.create_session(working.owner().id)
    working.workflow(*STEPS[:1], name="Welcome")
    async with served(working.shell) as address:
        context = await browser.new_context(java_script_enabled=False)
        await context.add_cookies([{"name": "stepline_session", "value": token, "url": address}])
        page = await context.new_page()
        await page.goto(f"{address}/workflows?q=wel")
        await page.get_by_role("switch").click()
        await page.get_by_text("“Welcome” is on.").wait_for()
        await context.close()
