"""Events in the browser: what arrived, why it started nothing, and sending it again."""

from __future__ import annotations

from typing import Any

from tests.support.history import History
from tests.web.conftest import Browser, Site

FILTER: dict[str, Any] = {"key": "only", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}


async def arrived(site: Site, email: str, *, on: bool = True) -> tuple[str, str]:
    """An event at the hook of a workflow that is switched on or off: (path of the event, id of the workflow)."""
    workflow = site.workflow(FILTER)
    token = site.shell.hooks.for_workflow(workflow.id).token
    if on:
        site.shell.workflows.enable(workflow.id)
    body = f'{{"email": "{email}"}}'.encode()
    receipt = await site.shell.receiver.receive(token, "POST", {"content-type": "application/json"}, body)
    await site.shell.dispatcher.idle()
    return f"/events/{receipt.event_ids[0]}", workflow.id


async def test_event_that_started_nothing_says_why_and_what_to_do(working: Site, anna: Browser) -> None:
    path, workflow_id = await arrived(working, "late@example.com", on=False)
    page = (await anna.get(path)).text
    assert "It started nothing" in page
    assert "send it again" in page
    assert f'href="/workflows/{workflow_id}"' in page
    assert "switched off" in (await anna.get("/events?status=refused")).text


async def test_event_sent_again_starts_the_workflow_that_is_on_now(working: Site, anna: Browser) -> None:
    path, workflow_id = await arrived(working, "late@example.com", on=False)
    asked, ids = f"/events/again?ids={path.rpartition('/')[2]}", {"ids": [path.rpartition("/")[2]]}
    assert "Starts nothing" in (await anna.get(asked)).text
    refused = await anna.post("/events/again", ids)
    assert refused.headers["location"] == path
    assert "Switch one on first." in (await anna.get(path)).text
    working.shell.workflows.enable(workflow_id)
    assert f"Starts “{working.shell.workflows.get(workflow_id).name}”" in (await anna.get(asked)).text
    again = await anna.post("/events/again", ids)
    assert again.headers["location"] not in (path, "/events")
    page = (await anna.get(again.headers["location"])).text
    assert "Runs it started" in page
    assert "A person, once more" in page
    assert (await anna.get("/events")).text.count("once more, by a person") == 1
    assert "late@example.com" in page


async def test_many_events_are_sent_again_at_once(working: Site, anna: Browser) -> None:
    first, _ = await arrived(working, "one@example.com")
    second, _ = await arrived(working, "two@example.com")
    by_hand = History(working.shell.database, working.shell.clock).event({"email": "x@example.com"}, source="api")
    ids = [first.rpartition("/")[2], second.rpartition("/")[2], by_hand]
    asked = await anna.post("/events/bulk", {"ids": ids, "action": "resend", "next": "/events?q=example"})
    page = (await anna.get(asked.headers["location"])).text
    assert "Send 3 events again?" in page
    assert "e-mails are sent again" in page
    assert len(working.shell.runs.list().items) == 2
    answer = await anna.post("/events/again", {"ids": ids, "next": "/events?q=example"})
    assert answer.headers["location"] == "/events?q=example"
    page = (await anna.get("/events")).text
    assert "2 events sent again. 1 was left out" in page
    await working.shell.dispatcher.idle()
    assert len(working.shell.runs.list().items) == 4


async def test_events_are_narrowed_by_state_source_and_text(working: Site, anna: Browser) -> None:
    await arrived(working, "hooked@example.com")
    history = History(working.shell.database, working.shell.clock)
    history.event({"email": "polled@example.com"}, source="poll")
    assert "polled@example.com" not in (await anna.get("/events?source=hook")).text
    both = (await anna.get("/events?source=poll&q=polled")).text
    assert "polled@example.com" in both
    assert "/events?source=poll&amp;q=polled&amp;status=accepted" in both
    assert "No events found" in (await anna.get("/events?source=poll&q=hooked")).text
    assert (await anna.get("/events?source=pigeon&status=odd")).status_code == 200
