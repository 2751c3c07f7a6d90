"""Folders, tags and owners keep many workflows in order."""

from __future__ import annotations

import pytest

from engine.errors import Conflict, Invalid, NotFound
from tests.support.product import Product


async def test_workflows_are_put_into_a_folder_and_found_there(product: Product) -> None:
    workflows, folders = product.stepline.workflows, product.stepline.folders
    folder = folders.create("  New   leads ")
    inside, outside = workflows.create("Inside"), workflows.create("Outside")

    workflows.organise([inside.id], folder_id=folder.id)

    assert [record.name for record in workflows.list(folder_id=folder.id)] == ["Inside"]
    assert [record.name for record in workflows.list(folder_id="")] == ["Outside"]
    assert [(record.name, record.workflows) for record in folders.list()] == [("New leads", 1)]
    assert outside.folder_id is None


async def test_deleting_a_folder_keeps_its_workflows(product: Product) -> None:
    workflows, folders = product.stepline.workflows, product.stepline.folders
    folder, workflow = folders.create("Leads"), workflows.create("Welcome")
    workflows.organise([workflow.id], folder_id=folder.id)

    folders.delete(folder.id)

    assert workflows.get(workflow.id).folder_id is None
    with pytest.raises(NotFound):
        folders.delete(folder.id)


async def test_two_folders_cannot_have_one_name(product: Product) -> None:
    folders = product.stepline.folders
    folders.create("Leads")
    other = folders.create("Customers")

    with pytest.raises(Conflict):
        folders.create("Leads")
    with pytest.raises(Conflict):
        folders.rename(other.id, "Leads")
    with pytest.raises(Invalid):
        folders.create("  ")


async def test_tags_are_added_removed_and_found(product: Product) -> None:
    workflows = product.stepline.workflows
    first, second = workflows.create("First"), workflows.create("Second")

    workflows.organise([first.id, second.id], add_tags=["vip", " mail  out ", ""])
    workflows.organise([second.id], add_tags=["vip"], remove_tags=["mail out"])

    assert workflows.get(first.id).tags == ("mail out", "vip")
    assert workflows.get(second.id).tags == ("vip",)
    assert [record.name for record in workflows.list(tag="mail out")] == ["First"]
    assert [record.name for record in workflows.list("vip")] == ["First", "Second"]


async def test_owner_is_kept_and_can_be_changed(product: Product) -> None:
    stepline = product.stepline
    ada = stepline.accounts.create_user("ada@example.com", "Ada", "correct horse battery", "owner")
    workflow = stepline.workflows.create("Welcome", owner_id=ada.id)

    assert [record.id for record in stepline.workflows.list(owner_id=ada.id)] == [workflow.id]
    stepline.workflows.organise([workflow.id], owner_id="")
    assert stepline.workflows.get(workflow.id).owner_id is None
