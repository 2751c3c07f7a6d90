"""Signing in at GoHighLevel on real HTTP: browser, Stepline and the sandbox as they are in `stepline demo`."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import httpx

from tests.e2e.processes import Started, json_of, started, until

PATTERNS = {
    "product": r"Address\s+(http://\S+)",
    "sandbox": r"Sandbox\s+(http://\S+)",
    "link": r"^\s+(http://\S+/signin/\S+)$",
}


def token_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrftoken" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def signed_in(demo: Started, browser: httpx.Client) -> str:
    """The CSRF token of somebody who opened the printed link."""
    token = token_of(browser.get(demo.found["link"]))
    browser.post(demo.found["link"], data={"csrftoken": token}, follow_redirects=True).raise_for_status()
    return token


def state(demo: Started) -> dict[str, int]:
    found: dict[str, int] = json_of(demo.http.get(f"{demo.found['sandbox']}/_sandbox/state"))["gohighlevel"]["oauth"]
    return found


def test_connection_is_made_by_signing_in_and_renews_itself(tmp_path: Path) -> None:
    options = ["demo", "--port", "0", "--sandbox-port", "0", "--data-dir", str(tmp_path / "data")]
    with started(options, PATTERNS, tmp_path / "demo.log") as demo, httpx.Client(follow_redirects=True) as browser:
        product, sandbox = demo.found["product"], demo.found["sandbox"]
        # given tokens that live for four seconds
        demo.http.post(f"{sandbox}/_sandbox/oauth", json={"expires_in": 4}).raise_for_status()
        csrf = signed_in(demo, browser)

        # when a connection is added with the sandbox's app, and its owner signs in and chooses a location
        form = {
            "csrftoken": csrf,
            "auth": "oauth",
            "name": "By sign-in",
            "values/client_id": "sandboxapp-client",
            "values/client_secret": "sandbox-client-secret",
            "values/base_url": f"{sandbox}/ghl",
            "values/authorize_url": f"{sandbox}/ghl/v2/oauth/chooselocation",
        }
        page = browser.post(f"{product}/connections/new/gohighlevel", data=form)
        chooser = browser.get(f"{page.url.copy_with(fragment=None)}/authorize")
        link = re.search(r'href="(allow\?[^"]+)">Harbor Studio<', chooser.text)
        assert link, chooser.text
        connected = browser.get(str(chooser.url.join(unescape(link[1]))))

        # then the connection works, and its token is renewed when it is used later
        assert str(connected.url).startswith(f"{product}/connections/")
        assert "You are signed in: Harbor Studio (sandbox)." in connected.text
        address = str(connected.url)

        def renewed() -> bool:
            tested = browser.post(f"{address}/test", data={"csrftoken": csrf})
            assert "The connection works" in tested.text
            return state(demo)["refreshes"] >= 2

        until(renewed, 30)
        assert state(demo)["reuses"] == 0
        assert demo.stop() == 0
        assert "ERROR" not in demo.output.read_text()
