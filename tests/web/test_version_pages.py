"""Versions: looking at them, comparing, publishing after a look, going back and undoing that."""

from __future__ import annotations

import re
from typing import Any

from tests.web.conftest import Browser, Site

FILTER: dict[str, Any] = {
    "key": "only",
    "kind": "filter",
    "title": "Only with a name",
    "rules": [{"left": "{{ trigger.name }}", "test": "is_not_empty"}],
}
SHOUT: dict[str, Any] = {
    "key": "shout",
    "kind": "action",
    "title": "Shout it out",
    "operation": "formatter.text.change_case",
    "input": {"text": "{{ trigger.name }}", "case": "upper"},
}


def published(site: Site, *steps: dict[str, Any]) -> str:
    """A workflow with version 1; its path."""
    workflow = site.workflow(*steps)
    site.shell.versions.publish(workflow.id, note="First")
    return f"/workflows/{workflow.id}"


def edit(site: Site, path: str, *steps: dict[str, Any]) -> None:
    workflow = site.shell.workflows.get(path.rpartition("/")[2])
    site.shell.versions.save_draft(workflow.id, {**workflow.draft, "steps": list(steps)}, workflow.draft_revision)


def undo_of(page: str) -> str:
    found = re.search(r'action="([^"]+/bring-back)"', page)
    assert found
    return found[1]


async def test_changes_are_told_step_by_step_and_word_by_word(site: Site, anna: Browser) -> None:
    path = published(site, FILTER, SHOUT)
    changed = {**SHOUT, "title": "Shout it loudly", "input": {"text": "{{ trigger.name }}", "case": "title"}}
    wait = {"key": "wait", "kind": "delay", "title": "Wait a bit", "for": {"amount": 1, "unit": "days"}}
    edit(site, path, changed, wait)
    page = (await anna.get(f"{path}/versions/compare")).text
    assert "From version 1 to the draft." in page
    assert re.search(r"“Only with a name”</strong>.*?Removed", page, re.DOTALL)
    assert re.search(r"“Wait a bit”</strong>.*?Added", page, re.DOTALL)
    assert "Shout it <del>out</del><ins>loudly</ins>" in page
    assert "Nothing changed" in (await anna.get(f"{path}/versions/compare?old=1&new=1")).text
    assert (await anna.get(f"{path}/versions/compare?old=7")).status_code == 404


async def test_publishing_shows_first_what_it_changes(site: Site, anna: Browser) -> None:
    path = published(site, SHOUT)
    edit(site, path, {**SHOUT, "title": "Whisper"})
    page = (await anna.get(f"{path}/publish")).text
    assert "It becomes version 2." in page
    assert "<ins>Whisper</ins>" in page
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    answer = await anna.post(f"{path}/publish", {"note": "Quieter", "revision": revision[1]})
    assert answer.headers["location"] == path
    assert "Quieter" in (await anna.get(f"{path}/versions")).text


async def test_draft_that_changed_behind_ones_back_is_not_published(site: Site, anna: Browser) -> None:
    path = published(site, SHOUT)
    seen = site.shell.workflows.get(path.rpartition("/")[2]).draft_revision
    edit(site, path, FILTER)
    answer = await anna.post(f"{path}/publish", {"revision": str(seen)})
    assert answer.headers["location"] == f"{path}/publish"
    assert "Somebody else changed the draft" in (await anna.get(f"{path}/publish")).text
    assert site.shell.workflows.get(path.rpartition("/")[2]).live_number == 1


async def test_workflow_with_problems_says_so_before_publishing(site: Site, anna: Browser) -> None:
    tag = {"key": "tag", "kind": "action", "operation": "mailercloud.contacts.tag", "input": {}}
    workflow = site.workflow(tag)
    assert "to mend first" in (await anna.get(f"/workflows/{workflow.id}/publish")).text


async def test_restored_version_can_be_undone_again(site: Site, anna: Browser) -> None:
    path = published(site, FILTER)
    edit(site, path, SHOUT)
    workflow_id = path.rpartition("/")[2]
    await anna.post(f"{path}/versions/1/restore")
    assert site.shell.workflows.get(workflow_id).draft["steps"] == [FILTER]
    page = (await anna.get(path)).text
    assert "The draft is version 1 again." in page
    await anna.post(undo_of(page))
    assert site.shell.workflows.get(workflow_id).draft["steps"] == [SHOUT]


async def test_restore_from_a_page_that_is_out_of_date_is_refused(site: Site, anna: Browser) -> None:
    path = published(site, FILTER)
    seen = site.shell.workflows.get(path.rpartition("/")[2]).draft_revision
    edit(site, path, SHOUT)
    await anna.post(f"{path}/versions/1/restore", {"revision": str(seen)})
    assert "Somebody else changed this workflow" in (await anna.get(f"{path}/versions")).text
    assert site.shell.workflows.get(path.rpartition("/")[2]).draft["steps"] == [SHOUT]


async def test_history_says_who_published_what(site: Site, anna: Browser) -> None:
    workflow = site.workflow(FILTER)
    await anna.post(f"/workflows/{workflow.id}/publish", {"note": "The very first"})
    page = (await anna.get(f"/workflows/{workflow.id}/versions")).text
    assert "The very first" in page
    assert "Anna, <time" in page
