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


async def test_run_again_starts_a_second_run_of_the_same_event_and_both_know_each_other(
    working: Site, anna: Browser
) -> None:
    path = await run_test(working, anna, '{"email": "ben@example.com"}', mode="test")
    assert "Run again" in (await anna.get(f"{path}/replay")).text
    again = (await anna.post(f"{path}/replay")).headers["location"]
    assert again != path
    await working.shell.dispatcher.idle()
    page = (await anna.get(again)).text
    assert "ben@example.com" in page
    assert f'href="{path}"' in page
    assert f'href="{again}"' in (await anna.get(path)).text


async def test_run_again_with_other_data(working: Site, anna: Browser) -> None:
    path = await run_test(working, anna, '{"email": ""}', mode="test")
    refused = await anna.post(f"{path}/replay", {"payload": "{oops"})
    assert refused.status_code == 422
    assert "{oops" in refused.text
    again = await anna.post(f"{path}/replay", {"payload": '{"email": "mended@example.com"}'})
    await working.shell.dispatcher.idle()
    page = (await anna.get(again.headers["location"])).text
    assert "mended@example.com" in page
    assert "Succeeded" in page


async def test_failed_run_goes_on_where_it_stopped_on_the_version_that_was_mended(working: Site, anna: Browser) -> None:
    broken = {"key": "each", "kind": "loop", "items": "{{ trigger.tasks }}", "steps": []}
    workflow = working.workflow(FILTER, broken)
    await anna.post(f"/workflows/{workflow.id}/publish", {"note": "First"})
    live = working.shell.workflows.get(workflow.id).live_version_id
    assert live
    payload = {"email": "ben@example.com"}
    accepted = await working.shell.run_control.start(workflow.id, live, payload, mode="live")
    await working.shell.dispatcher.idle()
    path = f"/runs/{accepted.run_ids[0]}"
    page = (await anna.get(path)).text
    assert "Go on from here" in page
    assert f'href="/workflows/{workflow.id}/steps/each"' in page
    assert "Go on with version" not in page

    mended = {**broken, "items": "{{ trigger.tasks | default([]) }}"}
    definition = {**working.shell.workflows.get(workflow.id).draft, "steps": [FILTER, mended]}
    working.shell.versions.save_draft(workflow.id, definition, 1)
    working.shell.versions.publish(workflow.id)
    assert "Go on with version 2" in (await anna.get(path)).text
    again = await anna.post(f"{path}/replay", {"from": "step", "version": "newest"})
    await working.shell.dispatcher.idle()
    page = (await anna.get(again.headers["location"])).text
    assert "Succeeded" in page


async def test_many_runs_are_started_again_or_cancelled_at_once(working: Site, anna: Browser) -> None:
    paths = [await run_test(working, anna, '{"email": "ben@example.com"}', mode="test") for _ in range(2)]
    ids = [path.rpartition("/")[2] for path in paths]
    asked = await anna.post("/runs/bulk", {"ids": ids, "action": "repeat", "next": "/runs?status=failed"})
    assert "Run 2 runs again?" in (await anna.get(asked.headers["location"])).text
    answer = await anna.post("/runs/again", {"ids": ids, "next": "/runs?status=failed"})
    assert answer.headers["location"] == "/runs?status=failed"
    assert "2 runs started again." in (await anna.get("/runs")).text
    await working.shell.dispatcher.idle()
    assert len(working.shell.runs.list().items) == 4

    await anna.post("/runs/bulk", {"ids": ids, "action": "cancel"})
    assert "2 were left out: It has finished already." in (await anna.get("/runs")).text
    await anna.post("/runs/bulk", {"action": "cancel"})
    assert "Nothing was selected." in (await anna.get("/runs")).text


async def test_filters_stay_together_in_the_address(working: Site, anna: Browser) -> None:
    await run_test(working, anna, '{"email": "ben@example.com"}')
    page = (await anna.get("/runs?q=ben&since=2020-01-01T00:00:00%2B00:00&workflow=")).text
    assert "/runs?q=ben&amp;since=2020-01-01T00%3A00%3A00%2B00%3A00&amp;status=succeeded" in page
    assert 'href="/runs?q=ben"' in page
    assert "ben@example.com" not in (await anna.get("/runs?until=2020-01-01T00:00:00%2B00:00")).text
    assert (await anna.get("/runs?since=yesterday")).status_code == 200


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
    page = (await anna.get(path)).text
    assert "Succeeded" in page
    assert "Anna said: it was done, <time" in page
