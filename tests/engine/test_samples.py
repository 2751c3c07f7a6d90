"""What expressions see while somebody edits: real data where there are some, in the shape of a run."""

from __future__ import annotations

import httpx

from tests.support.product import Product

FILTER = {"key": "only", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}


async def test_search_that_lists_has_the_same_shape_as_in_a_run(product: Product) -> None:
    connection = product.gohighlevel()
    product.service = lambda _: httpx.Response(200, json=[{"id": "n1"}])
    operation = "gohighlevel.calendar_notifications.list"
    step = {"key": "find", "kind": "search", "operation": operation, "connection": connection}
    workflow = product.workflow({**step, "input": {"calendarId": "c1"}})
    record = product.stepline.workflows.get(workflow)

    sampled = product.stepline.samples.of(record).scope["steps"]["find"]
    token = product.token(workflow=workflow)
    await product.stepline.receiver.receive(token, "POST", {}, b"{}")
    await product.stepline.dispatcher.idle()
    ran = product.stepline.samples.of(record).scope["steps"]["find"]

    assert sampled["items"] == product.stepline.registry.operation(operation).sample
    assert sampled["found"] is True
    assert ran == {"items": [{"id": "n1"}], "found": True}


async def test_event_whose_trigger_is_gone_is_shown_as_it_arrived(product: Product) -> None:
    workflow = product.workflow(FILTER)
    token = product.token(workflow=workflow)
    receipt = await product.stepline.receiver.receive(token, "POST", {}, b'{"email": "a@b.c"}')
    await product.stepline.dispatcher.idle()

    registry = product.stepline.registry
    registry.replace([connector for key, connector in registry.connectors.items() if key != "webhook"])

    assert product.stepline.samples.trigger_of(receipt.run_ids[0]) == {"email": "a@b.c"}
