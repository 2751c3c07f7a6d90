"""Polls and schedules."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from engine.storage.tables import Run, Subscription
from tests.support.product import Product

NOTHING: dict[str, Any] = {"key": "note", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}


@pytest.fixture
def rows(product: Product) -> list[dict[str, Any]]:
    """The contacts of a Mailercloud list, to be changed by the test."""
    contacts = [{"id": "1", "email": "ada@example.com", "name": "Ada"}]

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": contacts, "contact_count": len(contacts)})

    product.service = answer
    return contacts


def subscribe(product: Product, operation: str) -> str:
    return product.workflow(
        NOTHING, operation=f"mailercloud.contacts.{operation}", connection=product.mailercloud(), input={"list_id": "L"}
    )


async def look(product: Product) -> list[Any]:
    """Poll once, later; returns the trigger's data of all runs so far, oldest first."""
    product.clock.forward(hours=1)
    await product.stepline.due_triggers.check_now()
    await product.stepline.dispatcher.idle()
    with product.stepline.database.read() as session:
        ids = session.scalars(select(Run.id).order_by(Run.id)).all()
    return [product.stepline.runs.get(run_id).event.payload for run_id in ids]


def subscription(product: Product) -> Subscription:
    with product.stepline.database.read() as session:
        return session.scalars(select(Subscription)).one()


async def test_what_was_there_before_switching_on_starts_nothing(product: Product, rows: list[Any]) -> None:
    subscribe(product, "created")

    assert await look(product) == []
    assert await look(product) == []


async def test_new_row_starts_one_run(product: Product, rows: list[Any]) -> None:
    subscribe(product, "created")
    await look(product)

    rows.append({"id": "2", "email": "bob@example.com", "name": "Bob"})

    assert [event["email"] for event in await look(product)] == ["bob@example.com"]
    assert len(await look(product)) == 1


async def test_every_change_of_a_row_is_an_event_even_back_to_what_it_was(product: Product, rows: list[Any]) -> None:
    subscribe(product, "updated")
    await look(product)

    for name in ("Ada L.", "Ada", "Ada L."):
        rows[0]["name"] = name
        await look(product)

    assert len(await look(product)) == 3


async def test_change_starts_no_run_of_a_created_trigger(product: Product, rows: list[Any]) -> None:
    subscribe(product, "created")
    await look(product)

    rows[0]["name"] = "Ada L."

    assert await look(product) == []


async def test_failing_poll_is_noted_and_tried_again_later(product: Product, rows: list[Any]) -> None:
    subscribe(product, "created")
    await look(product)
    working = product.service
    product.service = lambda _: httpx.Response(503)

    await look(product)
    failing = subscription(product)
    product.service = working
    rows.append({"id": "2", "email": "bob@example.com"})
    events = await look(product)

    assert failing.failures == 1
    assert failing.last_error is not None
    assert failing.due_at is not None
    assert len(events) == 1
    assert subscription(product).failures == 0


async def test_publishing_the_same_trigger_keeps_what_was_seen(product: Product, rows: list[Any]) -> None:
    workflow = subscribe(product, "created")
    await look(product)
    workflows, versions = product.stepline.workflows, product.stepline.versions
    record = workflows.get(workflow)
    before = subscription(product)

    changed = {**record.draft, "steps": [{**NOTHING, "title": "Renamed"}]}
    versions.save_draft(workflow, changed, record.draft_revision)
    versions.publish(workflow)
    rows.append({"id": "2", "email": "bob@example.com"})

    after = subscription(product)
    assert after.series == before.series
    assert after.version_id != before.version_id
    assert len(await look(product)) == 1


async def test_switching_off_and_on_forgets_what_was_seen(product: Product, rows: list[Any]) -> None:
    workflow = subscribe(product, "created")
    await look(product)
    product.stepline.workflows.disable(workflow)
    rows.append({"id": "2", "email": "bob@example.com"})
    product.stepline.workflows.enable(workflow)

    assert await look(product) == []


async def test_schedule_fires_once_for_each_time_and_once_for_many_missed(product: Product) -> None:
    product.workflow(NOTHING, operation="schedule.times.interval", input={"every": 1, "unit": "hours"})

    counts = [len(await look(product)) for _ in range(3)]
    product.clock.forward(days=2)
    counts.append(len(await look(product)))

    assert counts == [0, 1, 2, 3]
