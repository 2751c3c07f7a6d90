"""The editor's draft: stored without treading on anybody, published, brought back."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.web.conftest import Browser, Outside, Site
from tests.web.editor.conftest import TAG, Editor

WAIT: dict[str, Any] = {"key": "wait", "kind": "delay", "for": {"amount": 1, "unit": "days"}}


async def test_page_carries_the_definition_and_what_it_needs_to_be_drawn(editor: Editor) -> None:
    page = (await editor.browser.get(f"/workflows/{editor.workflow.id}/edit")).text
    found = re.search(r'<script type="application/json" id="editor-state">(.*?)</script>', page, re.DOTALL)
    assert found
    state = json.loads(found[1])
    assert state["definition"]["steps"] == [TAG]
    assert state["operations"]["mailercloud.contacts.tag"]["title"] == "Tag a contact"
    assert state["workflow"]["revision"] == editor.workflow.draft_revision
    assert [problem["step"] for problem in state["workflow"]["problems"]] == ["tag"]
    assert "style=" not in page


async def test_markup_in_a_definition_cannot_end_the_state(site: Site, anna: Browser) -> None:
    workflow = site.workflow({**TAG, "title": "</script><script>alert(1)</script>"})
    page = (await anna.get(f"/workflows/{workflow.id}/edit")).text
    assert "<script>alert(1)" not in page


async def test_saved_draft_answers_its_new_revision_and_what_is_to_mend(editor: Editor) -> None:
    answer = await editor.save(TAG, WAIT)
    assert answer.status_code == 200
    assert answer.json()["revision"] == editor.workflow.draft_revision + 1
    assert [problem["pointer"] for problem in answer.json()["problems"]] == ["/steps/0/connection"]
    assert editor.stored().draft["steps"] == [TAG, WAIT]


async def test_stale_draft_is_refused_with_the_one_that_is_stored(editor: Editor) -> None:
    await editor.save(WAIT)
    answer = await editor.save(TAG, revision=editor.workflow.draft_revision)
    assert answer.status_code == 409
    assert answer.json()["definition"]["steps"] == [WAIT]
    assert answer.json()["revision"] == editor.workflow.draft_revision + 1
    assert editor.stored().draft["steps"] == [WAIT]


async def test_malformed_draft_is_never_stored(editor: Editor) -> None:
    answer = await editor.save({"key": "x", "kind": "dance"})
    assert answer.status_code == 422
    assert "cannot be stored" in answer.json()["message"]
    assert editor.stored().draft["steps"] == [TAG]


async def test_save_without_the_token_of_the_page_is_refused(editor: Editor) -> None:
    editor.browser.csrf = "made up"
    assert (await editor.save(WAIT)).status_code == 403


async def test_draft_that_was_seen_is_not_sent_again(editor: Editor) -> None:
    seen = editor.workflow.draft_revision
    assert (await editor.ask("GET", f"/draft?seen={seen}")).status_code == 204
    await editor.save(WAIT)
    answer = await editor.ask("GET", f"/draft?seen={seen}")
    assert answer.json()["definition"]["steps"] == [WAIT]


async def test_publishing_makes_the_seen_draft_live_with_its_note(editor: Editor) -> None:
    await editor.save(WAIT)
    answer = await editor.ask("POST", "/publish", {"revision": editor.stored().draft_revision, "note": " Waits "})
    assert (answer.json()["number"], answer.json()["draft_is_live"]) == (1, True)
    assert (await editor.get("/versions"))["versions"][0]["note"] == "Waits"


async def test_nobody_publishes_what_they_have_not_seen(editor: Editor) -> None:
    await editor.save(WAIT)
    answer = await editor.ask("POST", "/publish", {"revision": editor.workflow.draft_revision})
    assert answer.status_code == 409
    assert editor.stored().live_number is None


async def test_publishing_an_unfinished_draft_says_what_to_mend(editor: Editor) -> None:
    answer = await editor.ask("POST", "/publish", {"revision": editor.workflow.draft_revision})
    assert answer.status_code == 422
    assert [problem["step"] for problem in answer.json()["problems"]] == ["tag"]


async def test_changes_name_steps_and_fields_in_words(editor: Editor) -> None:
    connection = editor.site.connect("News")
    await editor.save({**TAG, "connection": connection.id})
    await editor.post("/publish", {"revision": editor.stored().draft_revision})
    await editor.save({**TAG, "connection": connection.id, "input": {**TAG["input"], "tags": ["vip"]}}, WAIT)

    changes = (await editor.get("/changes"))["changes"]

    assert [(change["kind"], change["field"]) for change in changes] == [("changed", "Tags"), ("added", "")]
    assert (changes[0]["before"], changes[0]["after"]) == ('["new"]', '["vip"]')


async def test_changed_account_is_shown_by_its_name(editor: Editor) -> None:
    first, second = editor.site.connect("First"), editor.site.connect("Second")
    await editor.save({**TAG, "connection": first.id})
    await editor.post("/publish", {"revision": editor.stored().draft_revision})
    await editor.save({**TAG, "connection": second.id})
    change = (await editor.get("/changes"))["changes"][0]
    assert (change["field"], change["before"], change["after"]) == ("Account", "First", "Second")


async def test_version_tells_what_bringing_it_back_would_change(editor: Editor) -> None:
    await editor.save(WAIT)
    await editor.post("/publish", {"revision": editor.stored().draft_revision})
    await editor.save()
    version = await editor.get("/versions/1")
    assert version["definition"]["steps"] == [WAIT]
    assert [change["kind"] for change in version["changes"]] == ["added"]
    assert (await editor.ask("GET", "/versions/2")).status_code == 404


async def test_workflow_is_renamed_and_keeps_its_description(editor: Editor) -> None:
    answer = await editor.ask("PUT", "/name", {"name": "Greet better"})
    assert answer.json()["name"] == "Greet better"
    refused = await editor.ask("PUT", "/name", {"name": " "})
    assert refused.status_code == 422
    assert editor.stored().name == "Greet better"


async def test_unfinished_workflow_is_not_switched_on(editor: Editor) -> None:
    refused = await editor.ask("POST", "/switch", {"on": True})
    assert refused.status_code == 422
    await editor.save(WAIT)
    assert (await editor.post("/switch", {"on": True}))["enabled"] is True
    assert (await editor.post("/switch", {"on": False}))["enabled"] is False


async def test_hook_has_an_address(editor: Editor) -> None:
    assert (await editor.get("/hook"))["url"].startswith("http://stepline.test/hooks/")


async def test_account_is_connected_in_place(editor: Editor, outside: Outside) -> None:
    outside.says("/", {"name": "Harbor Studio"})
    address = f"/workflows/{editor.workflow.id}/edit/connect/mailercloud"
    form = await editor.browser.get(address)
    assert 'name="values/api_key"' in form.text
    assert "<html" not in form.text
    answer = await editor.browser.post(address, {"auth": "api_key", "name": "News", "values/api_key": "k-1"})
    assert answer.status_code == 200
    assert answer.json()["connection"]["name"] == "News"
    assert [found.name for found in editor.site.shell.connections.list()] == ["News"]


async def test_account_that_the_app_refuses_comes_back_as_the_form(editor: Editor, outside: Outside) -> None:
    outside.says("/", {"message": "No"}, status=401)
    address = f"/workflows/{editor.workflow.id}/edit/connect/mailercloud"
    answer = await editor.browser.post(address, {"auth": "api_key", "name": "News", "values/api_key": "k-1"})
    assert answer.status_code == 422
    assert "Save anyway" in answer.text
    assert not editor.site.shell.connections.list()
