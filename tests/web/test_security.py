"""Headers, CSRF, limits and error pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import Response

from tests.web.conftest import Browser, Site
from web.htmx import render


async def test_every_answer_carries_the_protective_headers(stranger: Browser) -> None:
    for path in ("/setup", "/nowhere", "/static/x/img/logo.svg"):
        headers = (await stranger.get(path)).headers
        assert "script-src" not in headers["content-security-policy"]
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "'unsafe-inline'" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers


async def test_https_server_keeps_browsers_and_cookies_to_https(https_site: Site) -> None:
    user = https_site.owner()
    async with https_site.browser(user) as browser:
        page = await browser.get("/glossary")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"].startswith("max-age=")
        cookie = page.headers["set-cookie"]
        assert cookie.startswith("__Host-csrf=")
        assert "Secure" in cookie


async def test_form_without_the_csrf_token_is_refused_in_the_product_s_look(anna: Browser) -> None:
    answer = await anna.client.post("/theme", data={"theme": "dark"})
    assert answer.status_code == 403
    assert "Reload it and try again" in answer.text
    assert "set-cookie" not in answer.headers


async def test_csrf_is_checked_for_visitors_without_any_cookie_too(site: Site) -> None:
    site.owner()
    async with site.browser() as browser:
        answer = await browser.client.post("/signin", data={"email": "a@b.test", "password": "x"})
    assert answer.status_code == 403


async def test_csrf_token_may_come_in_a_header(anna: Browser) -> None:
    answer = await anna.client.post("/theme", headers={"x-csrftoken": anna.csrf})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"csrftoken=%C3%A4&theme=dark"),
        ("application/x-www-form-urlencoded", b"csrftoken=%ff&theme=%ff"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="csrftoken"\r\n\r\n\xc3\xa4\r\n--x--',
        ),
        ("multipart/form-data; boundary=x", b"no part at all"),
        ("multipart/form-data", b"no boundary"),
        ("text/plain", b"csrftoken=1"),
    ],
)
async def test_token_or_form_that_cannot_be_read_is_refused(anna: Browser, kind: str, body: bytes) -> None:
    answer = await anna.client.post("/theme", content=body, headers={"content-type": kind})
    assert answer.status_code == 403


async def test_token_in_a_header_need_not_be_readable(anna: Browser) -> None:
    answer = await anna.client.post("/theme", headers={b"x-csrftoken": "ä".encode()})
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
async def test_form_sent_by_another_site_is_refused(anna: Browser, origin: str) -> None:
    answer = await anna.post("/theme", {"theme": "dark"}, **{"sec-fetch-site": origin})
    assert answer.status_code == 403
    assert "This form was sent from another site." in answer.text
    assert '<link rel="stylesheet"' in answer.text


async def test_hooks_and_the_api_need_no_csrf_token(stranger: Browser) -> None:
    hook = await stranger.client.post("/hooks/unknown", json={}, headers={"sec-fetch-site": "cross-site"})
    assert (hook.status_code, hook.json()["status"]) == (404, "unknown")
    api = await stranger.client.post("/api/v1/workflows", json={}, headers={"sec-fetch-site": "cross-site"})
    assert api.status_code in (401, 404)


async def test_huge_form_is_refused_before_it_is_read(anna: Browser) -> None:
    answer = await anna.client.post("/theme", headers={"content-length": "99999999"})
    assert answer.status_code == 413
    assert "larger than 8 MB" in answer.text
    assert '<link rel="stylesheet"' in answer.text


async def test_form_of_unknown_length_is_refused(anna: Browser) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"theme=dark"

    answer = await anna.client.post("/theme", content=endless())
    assert answer.status_code == 411
    assert '<link rel="stylesheet"' in answer.text


async def test_unknown_page_is_shown_in_the_shell_to_someone_signed_in(anna: Browser) -> None:
    page = await anna.get("/nowhere")
    assert page.status_code == 404
    assert "There is nothing at this address." in page.text
    assert 'aria-label="Main"' in page.text


async def test_failure_under_api_is_problem_json(stranger: Browser) -> None:
    answer = await stranger.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "There is nothing at this address."


async def test_failure_of_a_fragment_is_one_plain_line(anna: Browser) -> None:
    answer = await anna.get("/nowhere", **{"hx-request": "true"})
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "There is nothing at this address."


async def test_unexpected_failure_shows_no_internals(site: Site, anna: Browser) -> None:
    def explode(request: Request) -> Response:
        raise RuntimeError("secret internals")

    site.app.add_route("/explode", explode)
    page = await anna.get("/explode")
    assert page.status_code == 500
    assert "secret internals" not in page.text
    assert "noted in the server" in page.text


async def test_gallery_of_styles_is_only_there_in_development(site: Site, https_site: Site) -> None:
    async with site.browser(site.owner()) as browser:
        assert (await browser.get("/_styles")).status_code == 200
    async with https_site.browser() as browser:
        assert (await browser.get("/_styles")).status_code == 404


async def test_markup_in_a_payload_is_shown_as_text(anna: Browser) -> None:
    page = await anna.get("/_styles")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script>alert(1)" not in page.text


async def test_pages_have_no_inline_scripts_or_styles(anna: Browser) -> None:
    for path in ("/_styles", "/glossary", "/nowhere"):
        text = (await anna.get(path)).text
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count("<script defer src=") + text.count('<script type="module" src=')


async def test_htmx_gets_the_fragment_and_history_the_page(site: Site, anna: Browser) -> None:
    def show(request: Request) -> Response:
        request.state.user = None
        return render(request, "gate.html", fragment="_theme.html")

    site.app.add_route("/part", show)
    whole = await anna.get("/part")
    assert whole.headers["vary"].startswith("HX-Request")
    restored = await anna.get("/part", **{"hx-request": "true", "hx-history-restore-request": "true"})
    assert "<html" in whole.text
    assert "<html" in restored.text
