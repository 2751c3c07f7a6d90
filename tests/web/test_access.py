"""Who may open which page."""

from __future__ import annotations

import httpx
import pytest
from fastapi.routing import APIRoute

from tests.web.conftest import Browser, Site
from web.app import PAGES

OPEN = {
    "/setup",
    "/setup/{token}",
    "/signin",
    "/signin/{token}",
    "/signout",
    "/theme",
    "/connectors/{key}/icon.svg",
}
ROUTES = sorted(
    {
        (method, route.path)
        for module in PAGES
        for route in module.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
)


def address(path: str) -> str:
    return path.replace("{number}", "1").replace("{", "").replace("}", "")


async def asked(browser: Browser, method: str, path: str) -> httpx.Response:
    if method in ("GET", "POST"):
        return await (browser.get if method == "GET" else browser.post)(path)
    return await browser.client.request(method, path, json={}, headers={"x-csrftoken": browser.csrf})


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1] not in OPEN])
async def test_stranger_is_sent_to_the_sign_in_page(site: Site, stranger: Browser, method: str, path: str) -> None:
    site.owner()
    await stranger.get("/signin")
    answer = await asked(stranger, method, address(path))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/signin")


async def test_stranger_s_fragment_leads_the_whole_page_to_sign_in(site: Site, stranger: Browser) -> None:
    site.owner()
    answer = await stranger.get("/runs", **{"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/signin")


@pytest.mark.parametrize(
    "path",
    ["/workflows/none", "/runs/none", "/events/none", "/connections/none", "/recipes/none", "/catalogue/none"],
)
async def test_unknown_thing_is_a_page_that_says_so(anna: Browser, path: str) -> None:
    page = await anna.get(path)
    assert page.status_code == 404
    assert "Not found" in page.text


@pytest.mark.parametrize(
    "path",
    ["/", "/workflows", "/runs", "/events", "/connections", "/connections/new", "/catalogue", "/recipes", "/settings"],
)
async def test_pages_of_a_fresh_server_explain_themselves(anna: Browser, path: str) -> None:
    page = await anna.get(path)
    assert page.status_code == 200
    assert " style=" not in page.text


async def test_teammate_who_is_no_owner_sees_the_pages_too(site: Site) -> None:
    site.owner()
    ben = site.shell.accounts.create_user("ben@example.com", "Ben", None)
    async with site.browser(ben) as browser:
        assert (await browser.get("/workflows")).status_code == 200
