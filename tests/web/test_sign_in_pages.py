"""Signing in at an app's own page, seen from the browser: there, back, which location, and what was granted."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from engine.assembly import Stepline, open_stepline
from engine.settings import Settings
from tests.support.clock import SettableClock
from tests.support.signing_in import SANDBOX, SCOPES, VALUES
from tests.web.conftest import Browser, Site
from web.sandbox import SANDBOX_GHL_LOCATION, SANDBOX_GHL_SECOND_LOCATION, Sandbox, create_sandbox

FORM = {
    "auth": "oauth",
    "name": "Harbor Studio",
    **{f"values/{name}": value for name, value in VALUES.items()},
    "values/ask_scopes": SCOPES,
}


class Visit:
    """Anna's browser, Stepline and the sandbox's GoHighLevel."""

    def __init__(self, site: Site, anna: Browser, sandbox: Sandbox, service: httpx.AsyncClient) -> None:
        self.site = site
        self.anna = anna
        self.sandbox = sandbox
        self._service = service

    async def add(self, *, back: str = "", **form: str) -> str:
        """The page of a new connection that nobody has signed in to; `back` is where Anna came from."""
        query = f"?{urlencode({'next': back})}" if back else ""
        answer = await self.anna.post(f"/connections/new/gohighlevel{query}", {**FORM, **form})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].partition("#")[0]

    async def allow(self, page: str, location: str = SANDBOX_GHL_LOCATION) -> str:
        """Click “Sign in”, choose there; the address that the browser is sent back to."""
        way = re.search(r'href="(/connections/[^"]+/authorize[^"]*)"', await self.text(page))
        assert way
        leaving = await self.anna.get(unescape(way[1]))
        assert leaving.status_code == 303
        chooser = await self._service.get(leaving.headers["location"])
        links = [link.replace("&amp;", "&") for link in re.findall(r'href="(allow\?[^"]+)"', chooser.text)]
        (chosen,) = [link for link in links if parse_qs(link, keep_blank_values=True)["location"] == [location]]
        back = await self._service.get(f"{SANDBOX}/v2/oauth/{chosen}")
        parts = urlsplit(back.headers["location"])
        assert f"{parts.scheme}://{parts.netloc}" == self.site.settings.public_url
        return f"{parts.path}?{parts.query}"

    async def text(self, page: str) -> str:
        return (await self.anna.get(page)).text


@pytest.fixture
async def visit(tmp_path: Path, clock: SettableClock) -> AsyncIterator[Visit]:
    app = create_sandbox(clock=clock)
    settings = Settings.load(data_dir=tmp_path, public_url="http://stepline.test")
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app))
    stepline: Stepline = open_stepline(settings, http=http, clock=clock, working=False)
    site = Site(stepline)
    async with site.browser(site.owner()) as anna, httpx.AsyncClient(transport=httpx.ASGITransport(app)) as service:
        await anna.get("/glossary")
        yield Visit(site, anna, app.state.sandbox, service)
    await http.aclose()
    await app.state.sandbox.close()
    stepline.close()


async def test_whole_way_from_the_form_to_a_working_connection(visit: Visit) -> None:
    new = await visit.text("/connections/new/gohighlevel?auth=oauth")
    assert "http://stepline.test/oauth/callback" in new
    assert "Location ID" not in new

    page = await visit.add()
    draft = await visit.text(page)
    assert "http://stepline.test/oauth/callback" in draft
    assert f'href="{page}/authorize"' in draft

    answer = await visit.anna.get(await visit.allow(page))
    assert answer.headers["location"] == page

    done = await visit.text(page)
    assert "You are signed in: Harbor Studio (sandbox)." in done
    assert "5 permissions granted" in done
    assert "contacts.write" in done
    assert "Works" in done
    assert "sandbox-client-secret" not in done


FROM = "/workflows/w1/edit?step=first"


async def test_one_is_back_where_one_came_from(visit: Visit) -> None:
    page = await visit.add(back=FROM)

    answer = await visit.anna.get(await visit.allow(page))

    assert answer.headers["location"] == FROM


async def test_way_back_survives_a_refusal_at_the_app(visit: Visit) -> None:
    page = await visit.add(back=FROM)
    state = parse_qs(urlsplit(await visit.allow(page)).query)["state"][0]

    refused = await visit.anna.get(f"/oauth/callback?{urlencode({'state': state, 'error': 'access_denied'})}")
    again = await visit.anna.get(await visit.allow(refused.headers["location"]))

    assert refused.headers["location"] == page
    assert again.headers["location"] == FROM


async def test_way_back_survives_the_choice_of_an_account(visit: Visit) -> None:
    page = await visit.add(back=FROM)
    choice = (await visit.anna.get(await visit.allow(page, ""))).headers["location"]
    await visit.anna.get(choice)

    answer = await visit.anna.post(choice, {"account": SANDBOX_GHL_SECOND_LOCATION})

    assert "/account?next=" in choice
    assert answer.headers["location"] == FROM


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
async def test_nobody_is_sent_to_another_site(visit: Visit, elsewhere: str) -> None:
    page = await visit.add(back=elsewhere)

    answer = await visit.anna.get(await visit.allow(page))

    assert answer.headers["location"] == page


async def test_editor_says_where_to_sign_in(visit: Visit) -> None:
    workflow = visit.site.workflow()

    answer = await visit.anna.post(f"/workflows/{workflow.id}/edit/connect/gohighlevel", FORM)

    made = answer.json()
    assert made["sign_in"] == f"/connections/{made['connection']['id']}/authorize"
    assert "client-secret" not in answer.text


async def test_going_back_twice_is_refused_in_plain_words(visit: Visit) -> None:
    page = await visit.add()
    back = await visit.allow(page)
    await visit.anna.get(back)

    again = await visit.anna.get(back)

    assert again.headers["location"] == "/connections"
    assert "used already" in await visit.text("/connections")


async def test_forged_return_is_refused(visit: Visit) -> None:
    page = await visit.add()
    back = await visit.allow(page)

    await visit.anna.get(back.replace("state=", "state=x"))

    assert "not begun here by you" in await visit.text("/connections")
    assert "Sign in again" not in await visit.text(page)


async def test_stranger_who_is_sent_back_has_to_sign_in_here_first(visit: Visit) -> None:
    back = await visit.allow(await visit.add())
    async with visit.site.browser() as stranger:
        answer = await stranger.get(back)
    assert answer.headers["location"].startswith("/signin")


async def test_denial_leads_back_to_the_connection(visit: Visit) -> None:
    page = await visit.add()
    answer = await visit.anna.get(await visit.allow(page, "deny"))
    assert answer.headers["location"] == page
    assert "The user denied access." in await visit.text(page)


async def test_agency_chooses_its_location(visit: Visit) -> None:
    page = await visit.add()
    answer = await visit.anna.get(await visit.allow(page, ""))
    assert answer.headers["location"] == f"{page}/account"

    choice = await visit.text(f"{page}/account")
    assert "Which location is this connection for?" in choice
    assert "Harbor Studio North" in choice
    assert "Choose the location" in await visit.text(page)

    answer = await visit.anna.post(f"{page}/account", {"account": SANDBOX_GHL_SECOND_LOCATION})
    assert answer.headers["location"] == page
    assert "You are signed in: Harbor Studio North." in await visit.text(page)
    answer = await visit.anna.get(f"{page}/account")
    assert answer.headers["location"] == page


async def test_unknown_location_is_refused_with_the_services_words(visit: Visit) -> None:
    page = await visit.add()
    await visit.anna.get(await visit.allow(page, ""))

    await visit.anna.post(f"{page}/account", {"account": "elsewhere"})

    assert "Location not found for this company" in await visit.text(page)


async def test_connection_whose_sign_in_ended_says_so_and_how_to_mend_it(visit: Visit, clock: SettableClock) -> None:
    page = await visit.add()
    await visit.anna.get(await visit.allow(page))
    visit.sandbox.oauth.revoke()
    clock.forward(days=2)

    await visit.anna.post(f"{page}/test")

    ended = await visit.text(page)
    assert "This refresh token is invalid" in ended
    assert "Sign in again" in ended
    await visit.anna.get(await visit.allow(page))
    assert "This refresh token is invalid" not in await visit.text(page)


async def test_missing_permission_is_named_with_the_workflow_that_needs_it(visit: Visit) -> None:
    page = await visit.add(**{"values/ask_scopes": "locations.readonly"})
    await visit.anna.get(await visit.allow(page))
    step = {
        "key": "add",
        "kind": "action",
        "operation": "gohighlevel.contacts.create",
        "connection": page.rpartition("/")[2],
        "input": {"email": "ada@example.com"},
    }
    visit.site.workflow(step, name="Welcome")

    shown = await visit.text(page)

    assert "Permissions are missing" in shown
    assert "contacts.write" in shown
    assert "Welcome" in shown


async def test_saving_a_signed_in_connection_keeps_it_signed_in(visit: Visit) -> None:
    page = await visit.add()
    await visit.anna.get(await visit.allow(page))
    form = {name: value for name, value in FORM.items() if name not in ("auth", "values/client_secret")}

    answer = await visit.anna.post(page, {**form, "name": "Renamed"})

    assert answer.status_code == 303
    shown = await visit.text(page)
    assert "Renamed" in shown
    assert "5 permissions granted" in shown


async def test_other_logins_have_no_sign_in(visit: Visit) -> None:
    connection = visit.site.connect()
    assert "Redirect address" not in await visit.text(f"/connections/{connection.id}")
    await visit.anna.get(f"/connections/{connection.id}/authorize")
    assert "does not sign in" in await visit.text(f"/connections/{connection.id}")
