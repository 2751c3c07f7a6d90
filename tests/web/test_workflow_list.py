"""Keeping many workflows in order: folders, tags, owners, and doing one thing to many."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.errors import NotFound
from engine.workflows import WorkflowRecord
from tests.support.clock import SettableClock
from tests.support.history import History
from tests.web.conftest import Browser, Outside, Site

FILTER: dict[str, Any] = {"key": "only", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}
BROKEN: dict[str, Any] = {"key": "tag", "kind": "action", "operation": "mailercloud.contacts.tag", "input": {}}


def names(page: str) -> list[str]:
    """Of the workflows that a list shows."""
    return re.findall(r'<a class="stretch" href="/workflows/[^"]+">([^<]+)</a>', page)


async def bulk(browser: Browser, action: str, *workflows: WorkflowRecord, **fields: str) -> str:
    """Does something to many and returns what the next page says about it."""
    ids = [workflow.id for workflow in workflows]
    await browser.post("/workflows/bulk", {"ids": ids, "action": action, "next": "/workflows", **fields})
    said = re.search(r'<div class="toast.*?<p>(.*?)</p>', (await browser.get("/workflows")).text, re.DOTALL)
    return said[1] if said else ""


async def test_list_is_narrowed_by_folder_tag_owner_and_state_at_once(site: Site, anna: Browser) -> None:
    ben = site.shell.accounts.create_user("ben@example.com", "Ben", None)
    folder = site.shell.folders.create("Leads")
    first, second = site.workflow(FILTER, name="First"), site.workflow(FILTER, name="Second")
    site.workflow(FILTER, name="Third")
    site.shell.workflows.organise([first.id, second.id], folder_id=folder.id, owner_id=ben.id)
    site.shell.workflows.organise([first.id], add_tags=["vip"])
    site.shell.workflows.enable(first.id)
    everything = (await anna.get("/workflows")).text
    assert names(everything) == ["First", "Second", "Third"]
    assert "Leads" in everything
    assert names((await anna.get(f"/workflows?folder={folder.id}")).text) == ["First", "Second"]
    assert names((await anna.get("/workflows?folder=none")).text) == ["Third"]
    narrow = (await anna.get(f"/workflows?folder={folder.id}&tag=vip&owner={ben.id}&show=on&q=fir")).text
    assert names(narrow) == ["First"]
    assert f"/workflows?folder={folder.id}&amp;tag=vip&amp;owner={ben.id}&amp;show=off&amp;q=fir" in narrow
    assert "Nothing found" in (await anna.get("/workflows?tag=nothing")).text


async def test_folder_is_made_renamed_and_deleted_without_its_workflows(site: Site, anna: Browser) -> None:
    workflow = site.workflow(name="Greet")
    there = (await anna.post("/folders", {"name": "Leads"})).headers["location"]
    (folder,) = site.shell.folders.list()
    assert there == f"/workflows?folder={folder.id}"
    assert "This folder is empty" in (await anna.get(there)).text
    site.shell.workflows.organise([workflow.id], folder_id=folder.id)
    await anna.post(f"/folders/{folder.id}/rename", {"name": "New leads"})
    assert "New leads" in (await anna.get(there)).text
    await anna.post("/folders", {"name": "New leads"})
    assert "There is a folder “New leads” already." in (await anna.get("/workflows")).text
    await anna.post(f"/folders/{folder.id}/delete")
    assert site.shell.folders.list() == []
    assert names((await anna.get("/workflows")).text) == ["Greet"]


async def test_many_are_switched_and_those_not_ready_say_why(site: Site, anna: Browser) -> None:
    good, bad = site.workflow(FILTER, name="Good"), site.workflow(BROKEN, name="Bad")
    said = await bulk(anna, "on", good, bad)
    assert "1 workflow switched on." in said
    assert "1 was left out" in said
    assert site.shell.workflows.get(good.id).enabled
    assert await bulk(anna, "off", good) == "1 workflow switched off."
    assert not site.shell.workflows.get(good.id).enabled


async def test_many_are_moved_and_tagged(site: Site, anna: Browser) -> None:
    first, second = site.workflow(name="First"), site.workflow(name="Second")
    folder = site.shell.folders.create("Leads")
    assert await bulk(anna, f"move:{folder.id}", first, second) == "2 workflows moved to “Leads”."
    assert await bulk(anna, "newfolder", second, folder="Sales") == "1 workflow moved to the new folder “Sales”."
    assert await bulk(anna, "newfolder", second, folder="Sales") == "There is a folder “Sales” already."
    assert await bulk(anna, "move:", first) == "1 workflow taken out of their folders."
    assert await bulk(anna, "tag", first, second, tag=" vip ") == "2 workflows tagged “vip”."
    assert await bulk(anna, "untag", second, tag="vip") == "1 workflow without the tag “vip” now."
    assert await bulk(anna, "tag", second, tag=" ") == "Say which tag."
    assert site.shell.workflows.get(first.id).tags == ("vip",)
    assert [(known.name, known.workflows) for known in site.shell.folders.list()] == [("Leads", 0), ("Sales", 1)]


async def test_nothing_selected_does_nothing(site: Site, anna: Browser) -> None:
    assert await bulk(anna, "delete") == "Nothing was selected."


async def test_many_are_exported_as_one_file(site: Site, anna: Browser) -> None:
    ids = [site.workflow(FILTER, name=name).id for name in ("First", "Second")]
    answer = await anna.post("/workflows/bulk", {"ids": ids, "action": "export"})
    assert answer.headers["content-disposition"] == 'attachment; filename="stepline-workflows.json"'
    assert [recipe["name"] for recipe in json.loads(answer.text)["recipes"]] == ["First", "Second"]
    one = await anna.post("/workflows/bulk", {"ids": ids[:1], "action": "export"})
    assert one.headers["content-disposition"] == 'attachment; filename="first.json"'


async def test_deleting_asks_first_and_names_what_goes(working: Site, anna: Browser) -> None:
    first, second = working.workflow(FILTER, name="First"), working.workflow(FILTER, name="Second")
    await anna.post(f"/workflows/{first.id}/test", {"payload": "{}"})
    asked = await anna.post("/workflows/bulk", {"ids": [first.id, second.id], "action": "delete"})
    page = (await anna.get(asked.headers["location"])).text
    assert "Delete 2 workflows?" in page
    assert "1 run" in page
    assert working.shell.workflows.get(first.id)
    await anna.post("/workflows/delete", {"ids": [first.id, second.id]})
    assert "2 workflows deleted." in (await anna.get("/workflows")).text
    with pytest.raises(NotFound):
        working.shell.workflows.get(first.id)
    assert "Nothing to delete" in (await anna.get(asked.headers["location"])).text


async def test_name_folder_owner_and_tags_are_set_on_the_workflows_own_page(site: Site, anna: Browser) -> None:
    ben = site.shell.accounts.create_user("ben@example.com", "Ben", None)
    folder = site.shell.folders.create("Leads")
    workflow = site.workflow(name="Greet")
    site.shell.workflows.organise([workflow.id], add_tags=["old"])
    form = {"name": "Welcome", "description": "Greets.", "folder": folder.id, "owner": ben.id, "tags": "vip, mail out"}
    await anna.post(f"/workflows/{workflow.id}/settings", form)
    saved = site.shell.workflows.get(workflow.id)
    assert (saved.name, saved.folder_id, saved.owner_id, saved.tags) == (
        "Welcome",
        folder.id,
        ben.id,
        ("mail out", "vip"),
    )
    page = (await anna.get(f"/workflows/{workflow.id}/settings")).text
    assert 'value="mail out, vip"' in page


async def test_activity_of_two_weeks_stands_beside_the_name(site: Site, clock: SettableClock) -> None:
    clock.now = datetime.now(UTC)  # ids are made by the real time
    history = History(site.shell.database, clock)
    workflow = history.workflow("Busy")
    for status in ("succeeded", "succeeded", "failed"):
        history.run(workflow, status)
    clock.forward(minutes=1)
    async with site.browser(site.owner()) as anna:
        assert "3 runs in two weeks, 1 failed" in (await anna.get("/workflows")).text


async def test_new_workflow_belongs_to_whoever_made_it(site: Site, anna: Browser, outside: Outside) -> None:
    await anna.post("/workflows/new", {"name": "Mine"})
    (workflow,) = site.shell.workflows.list()
    me = site.shell.accounts.get_user_by_email("anna@example.com")
    assert me
    assert workflow.owner_id == me.id
