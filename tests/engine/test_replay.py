"""Runs and events once more: from the step that failed, on the newest version, with other data, sent again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refused
from engine.run_control import RunControl
from engine.runs import RunDetail
from engine.storage.database import Database
from tests.support.product import Product


def update(key: str, connection: str, name: str = "{{ trigger.name | default('?') }}") -> dict[str, Any]:
    return {
        "key": key,
        "kind": "action",
        "operation": "gohighlevel.contacts.update",
        "connection": connection,
        "input": {"contactId": key, "firstName": name},
    }


async def failed_in_second(product: Product) -> tuple[str, RunDetail]:
    """A run whose second step was rejected."""
    connection = product.gohighlevel()
    workflow = product.workflow(update("first", connection), update("second", connection))
    product.service = lambda request: httpx.Response(400 if "second" in request.url.path else 200, json={})
    version = product.stepline.versions.list(workflow)[0]
    accepted = await product.stepline.run_control.start(workflow, version.id, {"name": "Ada"}, mode="live")
    run = await settled(product, accepted.run_ids[0])
    assert run.run.status == "failed"
    product.service = lambda _: httpx.Response(200, json={})
    product.requests.clear()
    return workflow, run


async def settled(product: Product, run_id: str) -> RunDetail:
    await product.stepline.dispatcher.idle()
    return product.stepline.runs.get(run_id)


def called(product: Product) -> list[str]:
    return [request.url.path.rpartition("/")[2] for request in product.requests]


async def test_replay_from_the_failed_step_does_not_repeat_what_succeeded(product: Product) -> None:
    _, failed = await failed_in_second(product)

    accepted = await product.stepline.run_control.replay(failed.run.id, from_step=True)
    run = await settled(product, accepted.run_ids[0])

    assert (run.run.status, run.run.replay_of) == ("succeeded", failed.run.id)
    assert called(product) == ["second"]
    assert [step.key for step in run.steps] == ["first", "second"]


async def test_event_loop_goes_on_while_the_old_run_is_read(product: Product) -> None:
    _, failed = await failed_in_second(product)
    engine, readers = product.stepline, list[int]()

    class Watched(Database):
        @contextmanager
        def read(self) -> Iterator[Session]:
            readers.append(threading.get_ident())
            with super().read() as session:
                yield session

    control = RunControl(Watched(engine.database.engine), engine.intake, engine.dispatcher, product.clock)
    accepted = await control.replay(failed.run.id, from_step=True)

    assert (await settled(product, accepted.run_ids[0])).run.status == "succeeded"
    assert readers
    assert threading.get_ident() not in readers


async def test_replay_from_the_start_repeats_everything(product: Product) -> None:
    _, failed = await failed_in_second(product)

    accepted = await product.stepline.run_control.replay(failed.run.id)

    assert (await settled(product, accepted.run_ids[0])).run.status == "succeeded"
    assert called(product) == ["first", "second"]


async def test_replay_on_the_newest_version_runs_what_is_live_now(product: Product) -> None:
    workflow, failed = await failed_in_second(product)
    workflows, versions = product.stepline.workflows, product.stepline.versions
    record = workflows.get(workflow)
    connection = record.draft["steps"][0]["connection"]
    mended = {**record.draft, "steps": [record.draft["steps"][0], update("third", connection)]}
    versions.save_draft(workflow, mended, record.draft_revision)
    versions.publish(workflow)

    accepted = await product.stepline.run_control.replay(failed.run.id, from_step=True, newest_version=True)
    run = await settled(product, accepted.run_ids[0])

    assert (run.run.status, run.run.version_number) == ("succeeded", 2)
    assert called(product) == ["third"]


async def test_replay_with_other_data_uses_them(product: Product) -> None:
    _, failed = await failed_in_second(product)

    accepted = await product.stepline.run_control.replay(failed.run.id, payload={"name": "Grace"})
    await settled(product, accepted.run_ids[0])

    assert all(b"Grace" in request.content for request in product.requests)


async def test_replay_of_an_unfinished_or_unknown_run_is_refused(product: Product) -> None:
    workflow = product.workflow({"key": "wait", "kind": "delay", "for": {"amount": 1, "unit": "days"}})
    version = product.stepline.versions.list(workflow)[0]
    accepted = await product.stepline.run_control.start(workflow, version.id, {}, mode="live")
    await product.stepline.dispatcher.idle()

    with pytest.raises(Refused):
        await product.stepline.run_control.replay(accepted.run_ids[0])
    with pytest.raises(NotFound):
        await product.stepline.run_control.replay("nope")


async def test_event_that_came_while_switched_off_can_be_sent_again(product: Product) -> None:
    workflow = product.workflow({"key": "only", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]})
    token = product.token(workflow=workflow)
    product.stepline.workflows.disable(workflow)
    lost = await product.stepline.receiver.receive(token, "POST", {}, b'{"email": "a@b.c"}')

    with pytest.raises(Refused):
        await product.stepline.receiver.resend(lost.event_ids[0])
    product.stepline.workflows.enable(workflow)
    again = await product.stepline.receiver.resend(lost.event_ids[0])
    run = await settled(product, again.run_ids[0])

    assert run.run.status == "succeeded"
    assert run.event.payload == {"email": "a@b.c"}


async def test_unmatched_event_of_a_service_is_sent_to_those_who_listen_now(product: Product) -> None:
    connection = product.gohighlevel()
    headers, raw = product.signed({"type": "ContactCreate", "locationId": "loc-1", "id": "c", "webhookId": "w"})
    token = product.token(connection=connection)
    early = await product.stepline.receiver.receive(token, "POST", headers, raw)
    assert early.run_ids == ()

    product.workflow(update("first", connection), operation="gohighlevel.contacts.created", connection=connection)
    again = await product.stepline.receiver.resend(early.event_ids[0])

    assert len(again.run_ids) == 1
