"""Runs and events in the browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.conftest import Browser, Site

MARKUP = "<img src=x onerror=alert(1)>"
FILTER: dict[str, Any] = {
    "key": "only_mail",
    "kind": "filter",
    "rules": [{"left": "{{ trigger.email }}", "test": "is_not_empty"}],
}


async def run_test(site: Site, browser: Browser, payload: str, *, mode: str = "dry") -> str:
    """Starts a test of a one-step workflow through its form; the path of the run's page."""
    workflow = site.workflow(FILTER)
    answer = await browser.post(f"/workflows/{workflow.id}/test", {"payload": payload, "mode": mode})
    assert answer.status_code == 303
    await site.shell.dispatcher.idle()
    return answer.headers["location"]


async def test_test_run_shows_each_step_with_its_data(working: Site, anna: Browser) -> None:
    path = await run_test(working, anna, '{"email": "ben@example.com"}')
    page = (await anna.get(path)).text
    assert "ben@example.com" in page
    assert "Succeeded" in page
    assert "Nothing was changed in other apps." in page


async def test_filtered_run_is_no_failure(working: Site, anna: Browser) -> None:
    path = await run_test(working, anna, '{"email": ""}')
    assert "Filtered" in (await anna.get(path)).text


async def test_data_that_is_not_json_is_refused_and_kept(working: Site, anna: Browser) -> None:
    workflow = working.workflow(FILTER)
    answer = await anna.post(f"/workflows/{workflow.id}/test", {"payload": "{oops"})
    assert answer.status_code == 422
    assert "This is not valid JSON" in answer.text
    assert "{oops" in answer.text


async def test_markup_in_an_event_is_shown_as_text_everywhere(working: Site, anna: Browser) -> None:
    path = await run_test(working, anna, f'{{"email": "{MARKUP}", "name": "{MARKUP}"}}', mode="test")
    event = re.search(r'href="(/events/\w+)"', (await anna.get(path)).text)
    assert event
    for page in (path, "/runs", "/events", event[1], "/"):
        text = (await anna.get(page)).text
        assert MARKUP not in text
        assert "&lt;img src=x" in text


async def test_asking_again_without_news_gets_nothing(working: Site, anna: Browser) -> None:
    path = await run_test(working, anna, '{"email": "a@b.test"}')
    for live in (path, "/runs"):
        first = await anna.get(live, **{"hx-request": "true"})
        again = await anna.get(live, **{"hx-request": "true", "x-seen": first.headers["x-seen"]})
        other = await anna.get(live, **{"hx-request": "true", "x-seen": "older"})
        assert (first.status_code, again.status_code, other.status_code) == (200, 204, 200)


async def test_runs_can_be_filtered_by_status_and_searched(working: Site, anna: Browser) -> None:
    await run_test(working, anna, '{"email": "ben@example.com"}')
    await run_test(working, anna, '{"email": "", "name": "Carla"}')
    assert "Carla" not in (await anna.get("/runs?status=succeeded")).text
    found = (await anna.get("/runs?q=Carla")).text
    assert "Carla" in found
    assert "ben@example.com" not in found
    assert "No runs found" in (await anna.get("/runs?status=failed")).text


async def test_run_again_starts_a_second_run_of_the_same_event(working: Site, anna: Browser) -> None:
    path = await run_test(working, anna, '{"email": "ben@example.com"}', mode="test")
    again = await anna.post(f"{path}/repeat")
    assert again.headers["location"] != path
    await working.shell.dispatcher.idle()
    assert "ben@example.com" in (await anna.get(again.headers["location"])).text


@pytest.mark.parametrize(("action", "form"), [("cancel", {}), ("resolve", {"answer": "done"})])
async def test_finished_run_refuses_what_no_longer_makes_sense(
    working: Site, anna: Browser, action: str, form: dict[str, str]
) -> None:
    path = await run_test(working, anna, '{"email": "ben@example.com"}')
    answer = await anna.post(f"{path}/{action}", form)
    assert answer.status_code == 409
    assert "Not possible now" in answer.text


async def test_held_run_asks_for_a_decision_and_goes_on(working: Site, anna: Browser, outside: Any) -> None:
    outside.says("/v1/", {"message": "Unauthorized"}, 401)
    connection = working.connect()
    tag = {
        "key": "tag",
        "kind": "action",
        "operation": "mailercloud.contacts.tag",
        "connection": connection.id,
        "input": {"contact": "a@b.test", "tags": ["new"]},
    }
    workflow = working.workflow(tag)
    started = await anna.post(f"/workflows/{workflow.id}/test", {"payload": "{}", "mode": "test"})
    await working.shell.dispatcher.idle()
    path = started.headers["location"]
    page = (await anna.get(path)).text
    assert "This run needs your decision" in page
    assert "k-123" not in page

    outside.answers.clear()
    assert (await anna.post(f"{path}/resolve", {"answer": "done"})).status_code == 303
    await working.shell.dispatcher.claim_due()
    await working.shell.dispatcher.idle()
    assert "Succeeded" in (await anna.get(path)).text
