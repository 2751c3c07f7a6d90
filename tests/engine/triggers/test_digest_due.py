"""A digest that is due: all its entries in one event, each exactly once."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import select, update

from engine.storage.tables import Event, Subscription
from tests.support.product import Product

NOTHING: dict[str, Any] = {"key": "note", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}
HOURLY = {"digest": "news", "every": 1, "unit": "hours"}


async def add(product: Product, *entries: str) -> None:
    operation = product.stepline.registry.operation("digest.digests.add")
    for entry in entries:
        await product.stepline.caller.execute(
            operation, {"digest": "news", "entry": entry}, None, idempotency_key=entry, workflow_id="another"
        )


async def look(product: Product, hours: float = 1) -> list[list[str]]:
    """The entries of all events so far, after some time has passed."""
    product.clock.forward(hours=hours)
    await product.stepline.due_triggers.check_now()
    with product.stepline.database.read() as session:
        payloads = session.scalars(select(Event.payload).order_by(Event.id)).all()
    return [[entry["entry"] for entry in payload["entries"]] for payload in payloads]


async def test_entries_of_another_workflow_come_together_when_it_is_time(product: Product) -> None:
    product.workflow(NOTHING, operation="digest.digests.due", input=HOURLY)
    await look(product, 0)
    await add(product, "a", "b")

    assert await look(product) == [["a", "b"]]
    assert await look(product) == [["a", "b"]]


async def test_look_is_over_only_when_everything_due_is_finished_whoever_began_it(product: Product) -> None:
    product.workflow(NOTHING, operation="digest.digests.due", input=HOURLY)
    await look(product, 0)
    await add(product, "a")
    product.clock.forward(hours=1)

    other = asyncio.create_task(product.stepline.due_triggers.check_now())
    await asyncio.sleep(0)  # so that it is first

    assert await look(product, 0) == [["a"]]
    await other


async def test_too_few_entries_wait_for_the_next_time(product: Product) -> None:
    product.workflow(NOTHING, operation="digest.digests.due", input={**HOURLY, "at_least": 2})
    await look(product, 0)
    await add(product, "a")
    assert await look(product) == []

    await add(product, "b")

    assert await look(product) == [["a", "b"]]


async def test_crash_after_taking_entries_out_loses_and_doubles_nothing(product: Product) -> None:
    # given entries that were taken out for a time whose event never came to be stored
    product.workflow(NOTHING, operation="digest.digests.due", input=HOURLY)
    await look(product, 0)
    await add(product, "a")
    with product.stepline.database.read() as session:
        waiting = session.scalars(select(Subscription)).one()
    assert waiting.due_at is not None
    operation = product.stepline.registry.operation("digest.digests.due")
    key = f"{waiting.series}:{waiting.due_at.isoformat()}"
    await product.stepline.caller.due(operation, HOURLY, idempotency_key=key, workflow_id=waiting.workflow_id)
    with product.stepline.database.write() as session:
        session.execute(update(Subscription).values(leased_until=None))
    await add(product, "b")

    # when the same time is looked after again, and the next one
    first = await look(product)
    second = await look(product)

    # then its event has those entries, and the entry after it comes with the next
    assert first == [["a"]]
    assert second == [["a"], ["b"]]
