"""Claiming a fresh server, signing in and out."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.support.clock import SettableClock
from tests.web.conftest import PASSWORD, Browser, Site

FORM = {"name": "Anna", "email": "anna@example.com", "password": PASSWORD}


def setup_link(site: Site) -> str:
    return site.shell.accounts.create_login_link("setup", None, timedelta(hours=1))


async def test_set_up_without_the_link_only_says_where_to_find_it(stranger: Browser) -> None:
    page = await stranger.get("/setup")
    assert page.status_code == 200
    assert "no owner yet" in page.text
    assert "<input class" not in page.text


async def test_sign_in_page_of_a_fresh_server_says_how_to_claim_it(stranger: Browser) -> None:
    assert "no owner yet" in (await stranger.get("/signin")).text


async def test_set_up_link_makes_the_owner_and_signs_in(site: Site, stranger: Browser) -> None:
    token = setup_link(site)
    assert (await stranger.get(f"/setup/{token}")).status_code == 200

    done = await stranger.post(f"/setup/{token}", FORM)

    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert site.shell.accounts.has_owner()
    assert "This server is yours now" in (await stranger.get("/glossary")).text


async def test_set_up_form_with_mistakes_keeps_the_link_and_names_each_field(site: Site, stranger: Browser) -> None:
    token = setup_link(site)
    await stranger.get(f"/setup/{token}")

    answer = await stranger.post(f"/setup/{token}", {**FORM, "email": "anna", "password": "short"})

    assert answer.status_code == 422
    assert "at least 10 characters" in answer.text
    assert "Enter an e-mail address" in answer.text
    assert 'value="anna"' in answer.text
    assert "short" not in answer.text
    assert site.shell.accounts.login_link_works(token, "setup")


async def test_set_up_link_works_once(site: Site, stranger: Browser) -> None:
    token = setup_link(site)
    await stranger.get(f"/setup/{token}")
    await stranger.post(f"/setup/{token}", FORM)
    assert (await stranger.get(f"/setup/{token}")).status_code == 410
    assert (await stranger.post(f"/setup/{token}", {**FORM, "email": "eve@example.com"})).status_code == 410


async def test_invented_set_up_link_is_refused(site: Site, stranger: Browser) -> None:
    assert (await stranger.get("/setup/guess")).status_code == 410
    assert (await stranger.post("/setup/guess", FORM)).status_code == 410
    assert not site.shell.accounts.has_owner()


async def test_password_signs_in_and_goes_where_the_visitor_wanted(site: Site, stranger: Browser) -> None:
    site.owner()
    sent_away = await stranger.get("/glossary?q=run")
    assert sent_away.headers["location"] == "/signin?next=/glossary%3Fq%3Drun"
    await stranger.get(sent_away.headers["location"])

    done = await stranger.post(
        "/signin", {"email": "Anna@Example.com ", "password": PASSWORD, "next": "/glossary?q=run"}
    )

    assert (done.status_code, done.headers["location"]) == (303, "/glossary?q=run")
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await stranger.get("/glossary")).status_code == 200


@pytest.mark.parametrize("email", ["anna@example.com", "nobody@example.com"])
async def test_wrong_password_and_unknown_address_get_the_same_answer(
    site: Site, stranger: Browser, email: str
) -> None:
    site.owner()
    await stranger.get("/signin")
    answer = await stranger.post("/signin", {"email": email, "password": "not the password"})
    assert answer.status_code == 422
    assert "do not belong together" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/\t/evil.test"]
)
async def test_sign_in_never_leads_to_another_site(site: Site, stranger: Browser, target: str) -> None:
    site.owner()
    await stranger.get("/signin")
    done = await stranger.post("/signin", {"email": "anna@example.com", "password": PASSWORD, "next": target})
    assert done.headers["location"] == "/"


async def guess(browser: Browser, times: int, email: str = "anna@example.com") -> httpx.Response:
    await browser.get("/signin")
    for _ in range(times):
        answer = await browser.post("/signin", {"email": email, "password": "wrong wrong"})
    return answer


async def test_many_tries_from_one_address_are_refused_even_with_the_right_password(
    site: Site, stranger: Browser
) -> None:
    site.owner()
    await guess(stranger, 8)
    answer = await stranger.post("/signin", {"email": "ANNA@example.com", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Too many tries" in answer.text


async def test_lock_out_stands_in_the_log_once_with_its_address_and_half_the_e_mail(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.owner()
    async with site.browser(address="192.0.2.7") as guesser:
        await guess(guesser, 8)
        assert caplog.records == []

        await guess(guesser, 3)
    async with site.browser(address="192.0.2.8") as liar:
        await guess(liar, 9, "eve@example.com\n2026-01-01 ERROR invented")

    told = "too many tries to sign in as {} from {}: refused for some minutes"
    assert [record.getMessage() for record in caplog.records] == [
        told.format("'a…@example.com'", "192.0.2.7"),
        told.format("'e…@example.com\\n2026-01-01 error invented'", "192.0.2.8"),
    ]


async def test_tries_of_a_stranger_keep_nobody_else_from_signing_in(site: Site, stranger: Browser) -> None:
    site.owner()
    assert (await guess(stranger, 9)).status_code == 429
    async with site.browser(address="203.0.113.9") as elsewhere:
        await elsewhere.get("/signin")
        answer = await elsewhere.post("/signin", {"email": "anna@example.com", "password": PASSWORD})
    assert answer.status_code == 303


async def test_signing_in_often_is_no_guessing(site: Site) -> None:
    site.owner()
    for _ in range(12):
        async with site.browser() as fresh:
            await fresh.get("/signin")
            answer = await fresh.post("/signin", {"email": "anna@example.com", "password": PASSWORD})
            assert answer.status_code == 303


async def test_guessing_from_many_addresses_ends_but_never_for_a_browser_that_signed_in_before(site: Site) -> None:
    site.owner()
    right = {"email": "anna@example.com", "password": PASSWORD}
    async with site.browser() as known, site.browser(address="203.0.113.1") as fresh:
        await known.get("/signin")
        await known.post("/signin", right)
        for number in range(20):
            async with site.browser(address=f"192.0.2.{number}") as guesser:
                await guess(guesser, 6)

        await fresh.get("/signin")
        assert (await fresh.post("/signin", right)).status_code == 429
        assert (await known.post("/signin", right)).status_code == 303


async def test_known_browser_is_held_up_by_its_own_tries_and_known_for_nobody_else(site: Site) -> None:
    site.owner()
    async with site.browser() as browser:
        await browser.get("/signin")
        await browser.post("/signin", {"email": "anna@example.com", "password": PASSWORD})
        assert (await guess(browser, 9)).status_code == 429
        assert (await guess(browser, 8, "otto@example.com")).status_code == 422
        assert (await guess(browser, 1, "otto@example.com")).status_code == 429


async def test_sign_in_link_is_used_up_by_the_button_and_not_by_looking(site: Site, stranger: Browser) -> None:
    user = site.owner()
    token = site.shell.accounts.create_login_link("signin", user.id, timedelta(hours=1))
    for _ in range(3):
        assert (await stranger.get(f"/signin/{token}")).status_code == 200

    assert (await stranger.post(f"/signin/{token}")).headers["location"] == "/"

    assert (await stranger.get("/glossary")).status_code == 200
    assert (await stranger.get(f"/signin/{token}")).status_code == 410
    assert (await stranger.post(f"/signin/{token}")).status_code == 410


async def test_expired_sign_in_link_is_refused(site: Site, stranger: Browser, clock: SettableClock) -> None:
    user = site.owner()
    token = site.shell.accounts.create_login_link("signin", user.id, timedelta(hours=1))
    await stranger.get(f"/signin/{token}")
    clock.forward(hours=2)
    assert (await stranger.post(f"/signin/{token}")).status_code == 410


async def test_signing_out_ends_the_session_on_the_server(anna: Browser) -> None:
    token = anna.client.cookies["stepline_session"]
    assert (await anna.post("/signout")).headers["location"] == "/signin"
    anna.client.cookies.set("stepline_session", token)
    assert (await anna.get("/glossary")).status_code == 303


async def test_theme_is_kept_for_the_browser(anna: Browser) -> None:
    await anna.post("/theme", {"theme": "dark", "next": "/glossary"})
    assert 'data-theme="dark"' in (await anna.get("/glossary")).text
    await anna.post("/theme", {"theme": "purple"})
    assert "data-theme" not in (await anna.get("/glossary")).text
