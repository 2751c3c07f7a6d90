"""Steps of a workflow that keep values, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

from tests.support.product import Product


def step(name: str, operation: str, /, **input: Any) -> dict[str, Any]:
    return {"key": name, "kind": "action", "title": name, "operation": operation, "input": input}


async def run(product: Product, workflow: str, **payload: Any) -> dict[str, Any]:
    """The outputs of the steps, by their keys."""
    stepline = product.stepline
    version = stepline.workflows.get(workflow).live_version_id
    assert version is not None
    accepted = await stepline.run_control.start(workflow, version, payload, mode="live")
    await stepline.dispatcher.idle()
    detail = stepline.runs.get(accepted.run_ids[0])
    assert detail.run.status == "succeeded", detail.run.reason
    return {found.path: found.output for found in detail.steps}


async def test_everybody_is_greeted_once_and_counted(product: Product) -> None:
    workflow = product.workflow(
        step("mark", "storage.sets.add", key="greeted", item="{{ trigger.email }}"),
        step("count", "storage.counters.increment", key="greetings"),
    )

    first = await run(product, workflow, email="ada@example.com")
    again = await run(product, workflow, email="ada@example.com")
    other = await run(product, workflow, email="ben@example.com")

    assert [outputs["mark"]["added"] for outputs in (first, again, other)] == [True, False, True]
    assert other["count"]["value"] == 3


async def test_workflows_keep_their_own_values_unless_they_share_them(product: Product) -> None:
    own = [product.workflow(step("count", "storage.counters.increment", key="n")) for _ in range(2)]
    shared = [product.workflow(step("count", "storage.counters.increment", key="n", shared=True)) for _ in range(2)]

    outputs = [await run(product, workflow) for workflow in (*own, *shared)]

    assert [output["count"]["value"] for output in outputs] == [1, 1, 1, 2]
