"""Workflows in the browser: switch, publish, edit steps, restore, export."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.conftest import Browser, Site

FILTER: dict[str, Any] = {
    "key": "only_mail",
    "kind": "filter",
    "match": "all",
    "rules": [{"left": "{{ trigger.email }}", "test": "is_not_empty"}],
}
TAG: dict[str, Any] = {
    "key": "tag",
    "kind": "action",
    "operation": "mailercloud.contacts.tag",
    "connection": None,
    "input": {"contact": "{{ trigger.email }}", "tags": ["new"]},
}


def seen(text: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', text)
    assert found
    return found[1]


async def test_list_finds_by_name_and_shows_only_the_table_to_htmx(site: Site, anna: Browser) -> None:
    site.workflow(name="Welcome")
    site.workflow(name="Goodbye")
    part = await anna.get("/workflows?q=wel", **{"hx-request": "true"})
    assert "Welcome" in part.text
    assert "Goodbye" not in part.text
    assert "<html" not in part.text


async def test_switching_on_publishes_the_draft(site: Site, anna: Browser) -> None:
    workflow = site.workflow(FILTER)
    answer = await anna.post(f"/workflows/{workflow.id}/switch", {"on": "true", "next": "/workflows"})
    assert answer.headers["location"] == "/workflows"
    assert site.shell.workflows.get(workflow.id).enabled
    assert "“Greet” is on." in (await anna.get("/workflows")).text
    await anna.post(f"/workflows/{workflow.id}/switch", {"on": "false"})
    assert not site.shell.workflows.get(workflow.id).enabled


async def test_workflow_with_problems_stays_off_and_says_what_to_mend(site: Site, anna: Browser) -> None:
    workflow = site.workflow(TAG)
    answer = await anna.post(f"/workflows/{workflow.id}/switch", {"on": "true"})
    assert answer.headers["location"] == f"/workflows/{workflow.id}"
    page = (await anna.get(f"/workflows/{workflow.id}")).text
    assert "<strong>Tag a contact</strong>" in page
    assert "Choose the Mailercloud account to use." in page
    assert f'href="/workflows/{workflow.id}/steps/tag"' in page
    assert not site.shell.workflows.get(workflow.id).enabled


async def test_hook_workflow_shows_its_address(site: Site, anna: Browser) -> None:
    workflow = site.workflow()
    assert "http://stepline.test/hooks/" in (await anna.get(f"/workflows/{workflow.id}")).text


async def test_new_workflow_without_a_name_is_refused_beside_the_field(anna: Browser) -> None:
    answer = await anna.post("/workflows/new", {"name": " "})
    assert answer.status_code == 422
    assert "Enter a name." in answer.text


async def test_chosen_trigger_replaces_the_old_one(site: Site, anna: Browser) -> None:
    connection = site.connect()
    workflow = site.workflow()
    chosen = (await anna.get(f"/workflows/{workflow.id}/trigger?operation=mailercloud.mail.clicked")).text
    form = {"operation": "mailercloud.mail.clicked", "connection": connection.id, "seen": seen(chosen)}
    assert (await anna.post(f"/workflows/{workflow.id}/trigger", form)).status_code == 303
    trigger = site.shell.workflows.get(workflow.id).draft["trigger"]
    assert (trigger["operation"], trigger["connection"]) == ("mailercloud.mail.clicked", connection.id)


async def test_step_is_added_where_the_plus_stood_with_the_only_account(site: Site, anna: Browser) -> None:
    connection = site.connect()
    workflow = site.workflow(FILTER)
    form = {"list": "/steps", "index": "0", "operation": "mailercloud.contacts.tag"}
    answer = await anna.post(f"/workflows/{workflow.id}/steps/new", form)
    steps = site.shell.workflows.get(workflow.id).draft["steps"]
    assert answer.headers["location"].endswith(f"/steps/{steps[0]['key']}")
    assert (steps[0]["operation"], steps[0]["connection"]) == ("mailercloud.contacts.tag", connection.id)
    assert steps[1] == FILTER


@pytest.mark.parametrize("kind", ["filter", "paths", "delay", "loop"])
async def test_every_own_kind_of_step_can_be_added_opened_and_saved(site: Site, anna: Browser, kind: str) -> None:
    workflow = site.workflow()
    added = await anna.post(f"/workflows/{workflow.id}/steps/new", {"kind": kind, "list": "/steps", "index": "0"})
    page = await anna.get(added.headers["location"])
    assert page.status_code == 200
    form = {"seen": seen(page.text), "wait": "for", "amount": "2", "unit": "hours", "items": "{{ trigger.list }}"}
    assert (await anna.post(added.headers["location"], form)).status_code == 303
    assert site.shell.workflows.get(workflow.id).draft["steps"][0]["kind"] == kind


async def test_saved_step_form_becomes_the_step(site: Site, anna: Browser) -> None:
    connection = site.connect()
    workflow = site.workflow(TAG)
    url = f"/workflows/{workflow.id}/steps/tag"
    form = {
        "seen": seen((await anna.get(url)).text),
        "title": "Tag them",
        "connection": connection.id,
        "input/contact": "{{ trigger.email }}",
        "input/tags": "vip\nnew",
        "attempts": "3",
        "on_uncertain": "retry",
    }
    assert (await anna.post(url, form)).headers["location"] == f"/workflows/{workflow.id}"
    assert site.shell.workflows.get(workflow.id).draft["steps"][0] == {
        **TAG,
        "title": "Tag them",
        "connection": connection.id,
        "input": {"contact": "{{ trigger.email }}", "tags": ["vip", "new"]},
        "retry": {"attempts": 3},
        "on_uncertain": "retry",
    }


async def test_saved_step_with_an_open_question_comes_back_with_it_beside_the_field(site: Site, anna: Browser) -> None:
    workflow = site.workflow({**TAG, "connection": site.connect().id})
    url = f"/workflows/{workflow.id}/steps/tag"
    form = {"seen": seen((await anna.get(url)).text), "input/contact": "{{ steps.nothing.email }}"}
    assert (await anna.post(url, form)).headers["location"] == url
    page = (await anna.get(url)).text
    assert 'id="input/contact-problem"' in page
    assert "comes before this one" in page


async def test_unreadable_input_is_refused_and_not_lost(site: Site, anna: Browser) -> None:
    workflow = site.workflow(TAG)
    url = f"/workflows/{workflow.id}/steps/tag"
    form = {"seen": seen((await anna.get(url)).text), "title": "My words", "attempts": "often"}
    answer = await anna.post(url, form)
    assert answer.status_code == 422
    assert "whole number from 1 to 50" in answer.text
    assert "My words" in answer.text


async def test_same_step_changed_by_someone_else_is_not_overwritten_silently(site: Site, anna: Browser) -> None:
    workflow = site.workflow(FILTER)
    url = f"/workflows/{workflow.id}/steps/only_mail"
    stale = seen((await anna.get(url)).text)
    site.shell.versions.save_draft(
        workflow.id, {**workflow.draft, "steps": [{**FILTER, "title": "Theirs"}]}, workflow.draft_revision
    )
    answer = await anna.post(url, {"seen": stale, "title": "Mine"})
    assert answer.status_code == 409
    assert "Somebody else changed this step" in answer.text
    assert 'value="Mine"' in answer.text
    again = await anna.post(url, {"seen": seen(answer.text), "title": "Mine"})
    assert again.status_code == 303


async def test_rules_without_data_are_left_out(site: Site, anna: Browser) -> None:
    workflow = site.workflow(FILTER)
    url = f"/workflows/{workflow.id}/steps/only_mail"
    form = {
        "seen": seen((await anna.get(url)).text),
        "match": "any",
        "rules/0/left": "{{ trigger.name }}",
        "rules/0/test": "equals",
        "rules/0/right": "Anna",
        "rules/1/left": "",
        "rules/1/test": "equals",
        "rules/1/right": "",
        "rules/2/left": "{{ trigger.email }}",
        "rules/2/test": "is_empty",
        "rules/2/right": "ignored",
    }
    await anna.post(url, form)
    step = site.shell.workflows.get(workflow.id).draft["steps"][0]
    assert step["match"] == "any"
    assert step["rules"] == [
        {"left": "{{ trigger.name }}", "test": "equals", "right": "Anna"},
        {"left": "{{ trigger.email }}", "test": "is_empty"},
    ]


async def test_steps_move_duplicate_and_go(site: Site, anna: Browser) -> None:
    workflow = site.workflow(FILTER, TAG)
    base = f"/workflows/{workflow.id}/steps"

    def keys() -> list[str]:
        return [step["key"] for step in site.shell.workflows.get(workflow.id).draft["steps"]]

    await anna.post(f"{base}/tag/move", {"to": "up"})
    assert keys() == ["tag", "only_mail"]
    assert (await anna.post(f"{base}/tag/move", {"to": "up"})).status_code == 409
    await anna.post(f"{base}/tag/duplicate")
    assert keys() == ["tag", "tag_2", "only_mail"]
    await anna.post(f"{base}/tag/delete")
    assert keys() == ["tag_2", "only_mail"]


async def test_old_version_can_be_looked_at_and_made_the_draft(site: Site, anna: Browser) -> None:
    workflow = site.workflow(FILTER)
    await anna.post(f"/workflows/{workflow.id}/publish", {"note": "First"})
    current = site.shell.workflows.get(workflow.id)
    site.shell.versions.save_draft(workflow.id, {**current.draft, "steps": []}, current.draft_revision)
    assert "First" in (await anna.get(f"/workflows/{workflow.id}/versions")).text
    assert "Go on only if" in (await anna.get(f"/workflows/{workflow.id}/versions/1")).text
    assert (await anna.get(f"/workflows/{workflow.id}/versions/9")).status_code == 404
    await anna.post(f"/workflows/{workflow.id}/versions/1/restore")
    assert site.shell.workflows.get(workflow.id).draft["steps"] == [FILTER]


async def test_export_is_a_file_without_account_ids(site: Site, anna: Browser) -> None:
    connection = site.connect()
    workflow = site.workflow({**TAG, "connection": connection.id})
    answer = await anna.get(f"/workflows/{workflow.id}/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="greet.json"'
    assert connection.id not in answer.text


async def test_settings_are_saved_into_the_draft(site: Site, anna: Browser) -> None:
    definition = {
        "trigger": {"operation": "webhook.hooks.received"},
        "steps": [],
        "settings": {"days": {"title": "Days", "type": "number"}, "tag": {"title": "Tag", "default": "new"}},
    }
    workflow = site.shell.workflows.create("Greet", definition)
    form = {"name": "Welcome", "settings/days": "0.5", "settings/tag": "vip", "revision": "1"}
    assert (await anna.post(f"/workflows/{workflow.id}/settings", form)).status_code == 303
    saved = site.shell.workflows.get(workflow.id)
    assert saved.name == "Welcome"
    assert {key: setting["value"] for key, setting in saved.draft["settings"].items()} == {"days": 0.5, "tag": "vip"}
    bad = await anna.post(f"/workflows/{workflow.id}/settings", {"name": "Welcome", "settings/days": "soon"})
    assert bad.status_code == 422
    assert "Enter a number." in bad.text
