"""A trigger's inputs narrow which events of a service start runs."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import NotReady, Refused
from engine.triggers.receive import Receipt
from tests.support.product import Product

NOTHING: dict[str, Any] = {"key": "note", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}


async def moved(product: Product, connection: str, stage: str, number: int = 1) -> Receipt:
    body = {
        "type": "OpportunityStageUpdate",
        "locationId": "loc-1",
        "id": "o-1",
        "pipelineId": "sales",
        "pipelineStageId": stage,
        "webhookId": f"wh-{number}",
        "timestamp": product.clock().isoformat(),
    }
    headers, raw = product.signed(body)
    return await product.stepline.receiver.receive(product.token(connection=connection), "POST", headers, raw)


def listen(product: Product, connection: str, **input: Any) -> str:
    operation = "gohighlevel.opportunities.stage_changed"
    return product.workflow(NOTHING, operation=operation, connection=connection, input=input)


async def test_only_workflows_whose_filters_fit_are_started(product: Product) -> None:
    connection = product.gohighlevel()
    won = listen(product, connection, pipelineId="sales", pipelineStageId="won")
    every = listen(product, connection)
    listen(product, connection, pipelineStageId="lost")

    receipt = await moved(product, connection, "won")

    started = {product.stepline.runs.get(run_id).run.workflow_id for run_id in receipt.run_ids}
    assert started == {won, every}
    assert product.stepline.events.get(receipt.event_ids[0]).status == "accepted"


async def test_event_that_every_filter_leaves_out_is_kept_with_the_filters_names(product: Product) -> None:
    connection = product.gohighlevel()
    listen(product, connection, pipelineStageId="lost")
    listen(product, connection, pipelineId="support", pipelineStageId="new")

    receipt = await moved(product, connection, "won")

    event = product.stepline.events.get(receipt.event_ids[0])
    assert (receipt.outcome, receipt.run_ids) == ("accepted", ())
    assert (event.status, event.operation) == ("unmatched", "gohighlevel.opportunities.stage_changed")
    assert "Stage, Pipeline" in event.reason


async def test_filter_can_come_from_the_workflows_settings(product: Product) -> None:
    connection = product.gohighlevel()
    trigger = {
        "operation": "gohighlevel.opportunities.stage_changed",
        "connection": connection,
        "input": {"pipelineStageId": "{{ workflow.settings.stage }}"},
    }
    settings = {"stage": {"title": "Stage", "type": "string", "value": "won"}}
    definition = {"trigger": trigger, "settings": settings, "steps": [NOTHING]}
    workflow = product.stepline.workflows.create("Won", definition)
    product.stepline.workflows.enable(workflow.id)

    receipts = [await moved(product, connection, stage, number) for number, stage in enumerate(("won", "lost"))]

    assert [len(receipt.run_ids) for receipt in receipts] == [1, 0]


@pytest.mark.parametrize("value", ["{{ workflow.name }}", "{{ workflow.settings.stage | int }}"])
async def test_filter_that_cannot_be_worked_out_keeps_the_workflow_from_being_published(
    product: Product, value: str
) -> None:
    trigger = {
        "operation": "gohighlevel.opportunities.stage_changed",
        "connection": product.gohighlevel(),
        "input": {"pipelineStageId": value},
    }
    settings = {"stage": {"title": "Stage", "type": "string", "value": "won"}}
    workflow = product.stepline.workflows.create("Won", {"trigger": trigger, "settings": settings, "steps": [NOTHING]})

    with pytest.raises(NotReady) as refused:
        product.stepline.workflows.enable(workflow.id)

    assert [problem.pointer.split("/")[:3] for problem in refused.value.problems] == [["", "trigger", "input"]]


async def test_sending_an_event_again_respects_the_filters_of_today(product: Product) -> None:
    connection = product.gohighlevel()
    workflow = listen(product, connection, pipelineStageId="lost")
    receipt = await moved(product, connection, "won")

    with pytest.raises(Refused, match="Stage"):
        await product.stepline.receiver.resend(receipt.event_ids[0])
    product.stepline.workflows.disable(workflow)
    listen(product, connection, pipelineStageId="won")
    again = await product.stepline.receiver.resend(receipt.event_ids[0])

    assert len(again.run_ids) == 1
