"""Drafts, versions, switching on and off."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Conflict, Invalid, NotFound, NotReady
from tests.support.product import Product

CATCH: dict[str, Any] = {"operation": "webhook.hooks.received"}
NOTHING: dict[str, Any] = {"key": "note", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}
READY: dict[str, Any] = {"trigger": CATCH, "steps": [NOTHING]}
BROKEN: dict[str, Any] = {"trigger": CATCH, "steps": [{"key": "x", "kind": "action", "operation": "no.such.thing"}]}


async def test_new_workflow_is_a_draft_that_is_switched_off(product: Product) -> None:
    workflow = product.stepline.workflows.create("  Welcome ", READY)

    assert (workflow.name, workflow.enabled, workflow.live_number, workflow.draft_is_live) == (
        "Welcome",
        False,
        None,
        False,
    )


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
async def test_name_must_be_given_and_not_too_long(product: Product, name: str) -> None:
    with pytest.raises(Invalid):
        product.stepline.workflows.create(name, READY)


async def test_switching_on_publishes_the_first_version(product: Product) -> None:
    workflows = product.stepline.workflows
    workflow = workflows.create("Welcome", READY)

    enabled = workflows.enable(workflow.id)

    assert (enabled.enabled, enabled.live_number, enabled.draft_is_live) == (True, 1, True)


async def test_workflow_with_problems_cannot_be_switched_on(product: Product) -> None:
    workflows = product.stepline.workflows
    workflow = workflows.create("Welcome", BROKEN)

    with pytest.raises(NotReady) as refused:
        workflows.enable(workflow.id)

    assert refused.value.problems[0].step == "x"
    assert not workflows.get(workflow.id).enabled


async def test_draft_changes_nothing_until_it_is_published(product: Product) -> None:
    workflows, versions = product.stepline.workflows, product.stepline.versions
    workflow = workflows.enable(workflows.create("Welcome", READY).id)

    edited = versions.save_draft(workflow.id, {**READY, "steps": []}, workflow.draft_revision)
    assert (edited.live_number, edited.draft_is_live) == (1, False)
    assert versions.list(workflow.id)[0].definition == READY

    version = versions.publish(workflow.id, note="Shorter")
    assert (version.number, version.note, version.definition["steps"]) == (2, "Shorter", [])
    assert workflows.get(workflow.id).draft_is_live


async def test_publishing_an_unchanged_draft_makes_no_new_version(product: Product) -> None:
    workflows, versions = product.stepline.workflows, product.stepline.versions
    workflow = workflows.enable(workflows.create("Welcome", READY).id)

    assert versions.publish(workflow.id).number == 1
    assert len(versions.list(workflow.id)) == 1


async def test_draft_is_published_only_as_it_was_seen(product: Product) -> None:
    workflows, versions = product.stepline.workflows, product.stepline.versions
    workflow = workflows.create("Welcome", READY)
    changed = versions.save_draft(workflow.id, {**READY, "steps": []}, workflow.draft_revision)

    with pytest.raises(Conflict):
        versions.publish(workflow.id, revision=workflow.draft_revision)

    assert versions.list(workflow.id) == []
    assert versions.publish(workflow.id, revision=changed.draft_revision).number == 1


async def test_stale_edit_is_refused_and_overwrites_nothing(product: Product) -> None:
    workflows, versions = product.stepline.workflows, product.stepline.versions
    workflow = workflows.create("Welcome", READY)
    versions.save_draft(workflow.id, BROKEN, workflow.draft_revision)

    with pytest.raises(Conflict):
        versions.save_draft(workflow.id, READY, workflow.draft_revision)

    assert workflows.get(workflow.id).draft == BROKEN


async def test_runs_under_way_keep_their_version(product: Product) -> None:
    wait = {"key": "wait", "kind": "delay", "for": {"amount": 1, "unit": "hours"}}
    workflow = product.workflow(wait, NOTHING)
    token = product.token(workflow=workflow)
    receipt = await product.stepline.receiver.receive(token, "POST", {}, b"{}")
    await product.stepline.dispatcher.idle()

    workflows, versions = product.stepline.workflows, product.stepline.versions
    versions.save_draft(workflow, READY, workflows.get(workflow).draft_revision)
    versions.publish(workflow)
    product.clock.forward(hours=2)
    await product.stepline.dispatcher.claim_due()
    await product.stepline.dispatcher.idle()

    run = product.stepline.runs.get(receipt.run_ids[0])
    assert (run.run.status, run.run.version_number) == ("succeeded", 1)
    assert [step.key for step in run.steps] == ["wait", "note"]


async def test_deleted_workflow_is_gone_with_its_hook(product: Product) -> None:
    workflow = product.workflow(NOTHING)
    token = product.token(workflow=workflow)

    product.stepline.workflows.delete(workflow)

    product.clock.forward(minutes=1)
    assert (await product.stepline.receiver.receive(token, "POST", {}, b"{}")).outcome == "unknown"
    with pytest.raises(NotFound):
        product.stepline.workflows.get(workflow)


async def test_snapshot_of_a_tested_draft_becomes_the_published_version(product: Product) -> None:
    workflows, versions = product.stepline.workflows, product.stepline.versions
    workflow = workflows.create("Welcome", READY)

    first, second = versions.snapshot(workflow.id), versions.snapshot(workflow.id)
    assert (first.id, first.number) == (second.id, None)
    assert versions.list(workflow.id) == []

    assert versions.publish(workflow.id).id == first.id
    assert versions.list(workflow.id)[0].number == 1


async def test_last_payload_is_what_the_trigger_gave(product: Product) -> None:
    workflow = product.workflow(NOTHING)
    assert product.stepline.samples.last_trigger(workflow) is None

    await product.stepline.receiver.receive(product.token(workflow=workflow), "POST", {}, b'{"email": "a@b.c"}')

    assert product.stepline.samples.last_trigger(workflow) == {"email": "a@b.c"}


async def test_draft_that_was_set_aside_can_be_brought_back(product: Product) -> None:
    workflows, versions = product.stepline.workflows, product.stepline.versions
    workflow = workflows.create("Welcome", READY)
    versions.publish(workflow.id)
    edited = versions.save_draft(workflow.id, BROKEN, workflow.draft_revision)

    kept = versions.set_aside(workflow.id)
    restored = versions.restore(workflow.id, 1, edited.draft_revision)
    back = versions.bring_back(workflow.id, kept.id, restored.draft_revision)

    assert (restored.draft, back.draft) == (READY, BROKEN)
    assert kept.number is None
    assert [version.number for version in versions.list(workflow.id)] == [1]
    with pytest.raises(Conflict):
        versions.bring_back(workflow.id, kept.id, restored.draft_revision)
    with pytest.raises(NotFound):
        versions.bring_back(workflow.id, "nothing", back.draft_revision)
