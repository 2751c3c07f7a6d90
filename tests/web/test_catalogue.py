"""The catalogue's pages: what one finds by which words and choices, and how an operation gets into a workflow."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.conftest import Browser, Site

TITLE = re.compile(r'<a class="stretch" href="/catalogue/([^"]+)"')


async def found(browser: Browser, **chosen: str) -> set[str]:
    """Ids of the operations that are shown."""
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    page = (await browser.get(f"/catalogue?{query}", **{"hx-request": "true"})).text
    return {place.replace("/", ".") for place in TITLE.findall(page) if place.count("/") == 2}


async def test_words_find_operations_of_every_app(anna: Browser) -> None:
    hits = await found(anna, q="tag+contact")

    assert {"gohighlevel.tags.add", "mailercloud.contacts.tag"} <= hits


@pytest.mark.parametrize(
    ("chosen", "expected", "other"),
    [
        ({"app": "gohighlevel", "group": "tags"}, "gohighlevel.tags.add", "gohighlevel.contacts.create"),
        ({"kind": "search", "q": "contact"}, "gohighlevel.contacts.get", "gohighlevel.contacts.create"),
        ({"timing": "polled"}, "gohighlevel.contacts.created_polled", "gohighlevel.contacts.created"),
        ({"timing": "instant"}, "gohighlevel.contacts.created", "gohighlevel.contacts.created_polled"),
        ({"timing": "scheduled"}, "schedule.times.cron", "rss.feeds.new_entry"),
        ({"app": "gohighlevel", "scope": "contacts.write"}, "gohighlevel.contacts.create", "gohighlevel.contacts.get"),
    ],
)
async def test_each_choice_narrows_down(anna: Browser, chosen: dict[str, str], expected: str, other: str) -> None:
    hits = await found(anna, **chosen)

    assert expected in hits
    assert other not in hits


async def test_choices_work_together(anna: Browser) -> None:
    hits = await found(anna, app="gohighlevel", group="contacts", kind="trigger", timing="polled", q="tag")

    assert hits == {"gohighlevel.contacts.tagged_polled", "gohighlevel.contacts.updated_polled"}


async def test_choice_of_another_app_is_not_carried_over(anna: Browser) -> None:
    assert await found(anna, app="mailercloud", group="opportunities", scope="contacts.write", q="tag")


async def test_more_hits_than_fit_are_counted(anna: Browser) -> None:
    page = (await anna.get("/catalogue?app=gohighlevel")).text

    assert re.search(r"\d{3} operations, of which these are the first 200", page)


async def test_nothing_found_says_so(anna: Browser) -> None:
    assert "Nothing found" in (await anna.get("/catalogue?q=xylophone")).text


async def test_page_of_an_operation_says_all_about_it(anna: Browser) -> None:
    page = (await anna.get("/catalogue/gohighlevel/contacts/create")).text

    for expected in ("E-mail", "contacts.write", "Example", "100 requests in 10 seconds", "200,000 requests in 1 day"):
        assert expected in page
    assert (await anna.get("/catalogue/gohighlevel/contacts/nothing")).status_code == 404


async def test_field_without_a_title_is_shown_in_words_beside_its_name(anna: Browser) -> None:
    page = (await anna.get("/catalogue/gohighlevel/messages/send")).text

    assert '<strong>E-mail message ID</strong> <code class="muted small">emailMessageId</code>' in page


async def test_fields_that_few_need_are_folded(anna: Browser) -> None:
    page = (await anna.get("/catalogue/gohighlevel/messages/send")).text

    before, folded = page.split('<details class="advanced">')
    assert ">contactId</code>" in before
    assert ">replyMessageId</code>" not in before
    assert ">replyMessageId</code>" in folded.split("</details>")[0]


async def test_trigger_starts_a_new_workflow(site: Site, anna: Browser) -> None:
    account = site.shell.connections.create(
        "gohighlevel", "private_token", "Agency", {"token": "t", "location_id": "l"}
    )

    answer = await anna.post("/catalogue/gohighlevel/contacts/created/use")

    (workflow,) = site.shell.workflows.list()
    assert answer.headers["location"] == f"/workflows/{workflow.id}/edit?step=@trigger"
    assert workflow.draft["trigger"]["operation"] == "gohighlevel.contacts.created"
    assert workflow.draft["trigger"]["connection"] == account.id


async def test_action_becomes_the_last_step_of_the_chosen_workflow(site: Site, anna: Browser) -> None:
    step: dict[str, Any] = {"key": "id", "kind": "action", "operation": "crypto.ids.uuid", "input": {}}
    workflow = site.workflow(step)

    answer = await anna.post("/catalogue/mailercloud/contacts/upsert/use", {"workflow": workflow.id})

    steps = site.shell.workflows.get(workflow.id).draft["steps"]
    assert [found["operation"] for found in steps] == ["crypto.ids.uuid", "mailercloud.contacts.upsert"]
    assert answer.headers["location"] == f"/workflows/{workflow.id}/edit?step={steps[1]['key']}"


async def test_without_a_workflow_a_new_one_is_made(site: Site, anna: Browser) -> None:
    await anna.post("/catalogue/mailercloud/contacts/upsert/use")

    (workflow,) = site.shell.workflows.list()
    assert [step["operation"] for step in workflow.draft["steps"]] == ["mailercloud.contacts.upsert"]


async def test_list_of_choices_is_no_step(site: Site, anna: Browser) -> None:
    answer = await anna.post("/catalogue/gohighlevel/tags/options/use")

    assert answer.status_code == 404
    assert site.shell.workflows.list() == []
