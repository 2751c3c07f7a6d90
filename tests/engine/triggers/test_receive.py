"""What becomes of a call to a hook."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.product import Product

NOTHING: dict[str, Any] = {"key": "note", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}


def contact(product: Product, **values: Any) -> dict[str, Any]:
    return {
        "type": "ContactCreate",
        "locationId": "loc-1",
        "id": "c-1",
        "email": "ada@example.com",
        "webhookId": "wh-1",
        "timestamp": product.clock().isoformat(),
        **values,
    }


async def deliver(product: Product, connection: str, body: dict[str, Any]) -> Any:
    headers, raw = product.signed(body)
    return await product.stepline.receiver.receive(product.token(connection=connection), "POST", headers, raw)


async def test_unknown_token_is_unknown(product: Product) -> None:
    assert (await product.stepline.receiver.receive("nope", "POST", {}, b"{}")).outcome == "unknown"


async def test_caught_event_starts_the_workflow_with_body_and_query(product: Product) -> None:
    workflow = product.workflow(NOTHING)
    token = product.token(workflow=workflow)

    receipt = await product.stepline.receiver.receive(
        token, "POST", {"content-type": "application/json"}, b'{"email": "ada@example.com"}', "source=form"
    )
    await product.stepline.dispatcher.idle()

    assert receipt.outcome == "accepted"
    run = product.stepline.runs.get(receipt.run_ids[0])
    assert run.run.status == "succeeded"
    assert run.event.payload == {"source": "form", "email": "ada@example.com"}


async def test_repeated_idempotency_key_is_a_duplicate(product: Product) -> None:
    token = product.token(workflow=product.workflow(NOTHING))
    headers = {"idempotency-key": "order-7"}

    first = await product.stepline.receiver.receive(token, "POST", headers, b"{}")
    second = await product.stepline.receiver.receive(token, "POST", headers, b"{}")

    assert (first.outcome, second.outcome) == ("accepted", "duplicate")
    assert first.event_ids == second.event_ids


async def test_switched_off_workflow_keeps_the_event_with_the_reason(product: Product) -> None:
    workflow = product.workflow(NOTHING)
    token = product.token(workflow=workflow)
    product.stepline.workflows.disable(workflow)

    receipt = await product.stepline.receiver.receive(token, "POST", {}, b'{"a": 1}')

    assert (receipt.outcome, receipt.run_ids) == ("switched_off", ())
    event = product.stepline.events.get(receipt.event_ids[0])
    assert (event.status, event.payload) == ("refused", {"a": 1})
    assert "switched off" in event.reason


async def test_signed_event_starts_each_workflow_that_listens_for_it(product: Product) -> None:
    connection = product.gohighlevel()
    for operation in ("contacts.created", "contacts.created", "notes.created"):
        product.workflow(NOTHING, operation=f"gohighlevel.{operation}", connection=connection)

    receipt = await deliver(product, connection, contact(product))

    assert receipt.outcome == "accepted"
    assert len(receipt.run_ids) == 2


@pytest.mark.parametrize("change", ["signature", "body", "missing"])
async def test_event_with_a_wrong_signature_is_refused_and_not_stored(product: Product, change: str) -> None:
    connection = product.gohighlevel()
    headers, raw = product.signed(contact(product))
    if change == "signature":
        headers["x-ghl-signature"] = product.signed({"other": 1})[0]["x-ghl-signature"]
    elif change == "missing":
        del headers["x-ghl-signature"]
    else:
        raw = raw.replace(b"ada@", b"eve@")

    receipt = await product.stepline.receiver.receive(product.token(connection=connection), "POST", headers, raw)

    assert (receipt.outcome, receipt.event_ids) == ("refused", ())
    assert product.stepline.connections.hook(connection).refused_reason == receipt.message


async def test_refusals_are_noted_twice_a_minute_at_most(product: Product) -> None:
    connection = product.gohighlevel()
    token, (_, raw) = product.token(connection=connection), product.signed(contact(product))
    times = []
    for seconds in (0, 10, 30):
        product.clock.forward(seconds=seconds)
        await product.stepline.receiver.receive(token, "POST", {}, raw)
        times.append(product.stepline.connections.hook(connection).refused_at)

    assert times[0] == times[1]
    assert times[2] == product.clock()


async def test_redelivery_is_a_duplicate_and_starts_nothing(product: Product) -> None:
    connection = product.gohighlevel()
    product.workflow(NOTHING, operation="gohighlevel.contacts.created", connection=connection)

    first = await deliver(product, connection, contact(product))
    again = await deliver(product, connection, contact(product))

    assert (first.outcome, again.outcome) == ("accepted", "duplicate")
    assert again.run_ids == ()


async def test_redelivery_an_hour_later_is_accepted_but_a_day_later_refused(product: Product) -> None:
    connection = product.gohighlevel()
    body = contact(product)

    product.clock.forward(minutes=61)
    assert (await deliver(product, connection, body)).outcome == "accepted"
    product.clock.forward(days=1)
    assert (await deliver(product, connection, body)).outcome == "refused"


@pytest.mark.parametrize(
    ("change", "word"),
    [({"type": "ContactDelete"}, "No switched-on workflow"), ({"locationId": "loc-2"}, "another account")],
)
async def test_event_that_nobody_wants_is_kept_with_the_reason(
    product: Product, change: dict[str, Any], word: str
) -> None:
    connection = product.gohighlevel()
    product.workflow(NOTHING, operation="gohighlevel.contacts.created", connection=connection)

    receipt = await deliver(product, connection, contact(product, **change))

    assert (receipt.outcome, receipt.run_ids) == ("accepted", ())
    event = product.stepline.events.get(receipt.event_ids[0])
    assert event.status == "unmatched"
    assert word in event.reason


async def test_mailercloud_probe_is_answered_and_starts_nothing(product: Product) -> None:
    connection = product.mailercloud()

    receipt = await product.stepline.receiver.receive(
        product.token(connection=connection), "POST", {"webhook-id": "WebhookID"}, b""
    )

    assert receipt.outcome == "probe"


async def test_mailercloud_delivery_that_cannot_be_read_is_kept_with_the_reason(product: Product) -> None:
    connection = product.mailercloud()
    token = product.token(connection=connection)
    headers = {"webhook-id": "wH01", "content-type": "application/json"}

    receipt = await product.stepline.receiver.receive(token, "POST", headers, b'{"event": "Opened", ')
    again = await product.stepline.receiver.receive(token, "POST", headers, b'{"event": "Opened", ')

    assert (receipt.outcome, receipt.accepted_status) == ("unreadable", 200)
    assert again.event_ids == receipt.event_ids
    event = product.stepline.events.get(receipt.event_ids[0])
    assert (event.status, event.payload) == ("refused", {"body": '{"event": "Opened", '})
    assert "not a JSON object" in event.reason


async def test_mailercloud_event_is_answered_with_200_because_it_repeats_everything_else(product: Product) -> None:
    connection = product.mailercloud()
    body = b'{"event": "Opened", "email": "ada@example.com", "campaign_id": "c", "ts_event": 1767434700}'

    receipt = await product.stepline.receiver.receive(
        product.token(connection=connection), "POST", {"content-type": "application/json"}, body
    )

    assert (receipt.outcome, receipt.accepted_status) == ("accepted", 200)


async def test_workflow_of_another_service_needs_no_connection_to_send_to_ours(product: Product) -> None:
    workflow = product.workflow(NOTHING, operation="gohighlevel.contacts.from_workflow")
    body = b'{"contact_id": "c-1", "first_name": "Ada", "email": "ada@example.com", "tags": "vip, new"}'

    receipt = await product.stepline.receiver.receive(
        product.token(workflow=workflow), "POST", {"content-type": "application/json"}, body
    )
    await product.stepline.dispatcher.idle()

    assert product.stepline.runs.get(receipt.run_ids[0]).run.status == "succeeded"
    data = product.stepline.samples.last_trigger(workflow)
    assert (data["id"], data["firstName"], data["tags"]) == ("c-1", "Ada", ["vip", "new"])


def sent(*emails: str) -> bytes:
    body = {"event": "Campaign Sent", "campaign_id": "c", "ts_event": 1767434700, "emails": emails}
    return json.dumps(body).encode()


async def test_each_workflow_gets_a_batch_in_parts_or_together_as_it_wants(product: Product) -> None:
    connection = product.mailercloud()
    apart = product.workflow(NOTHING, operation="mailercloud.mail.sent", connection=connection)
    whole = product.workflow(
        NOTHING, operation="mailercloud.mail.sent", connection=connection, input={"together": True}
    )
    token = product.token(connection=connection)

    receipt = await product.stepline.receiver.receive(token, "POST", {}, sent("ada@x.se", "bob@x.se"))
    again = await product.stepline.receiver.receive(token, "POST", {}, sent("ada@x.se", "bob@x.se"))
    await product.stepline.dispatcher.idle()

    runs = [product.stepline.runs.get(run_id).run.workflow_id for run_id in receipt.run_ids]
    assert sorted(runs) == sorted([apart, apart, whole])
    assert (again.outcome, again.run_ids) == ("duplicate", ())
    assert product.stepline.samples.last_trigger(whole)["emails"] == ["ada@x.se", "bob@x.se"]
    assert product.stepline.samples.last_trigger(apart)["email"] in ("ada@x.se", "bob@x.se")


async def test_batch_that_nobody_wants_is_kept_once_and_can_be_sent_again_in_parts(product: Product) -> None:
    connection = product.mailercloud()

    receipt = await product.stepline.receiver.receive(
        product.token(connection=connection), "POST", {}, sent("ada@x.se", "bob@x.se", "eve@x.se")
    )
    product.workflow(NOTHING, operation="mailercloud.mail.sent", connection=connection)
    await product.stepline.receiver.receive(product.token(connection=connection), "POST", {}, b"")
    again = await product.stepline.receiver.resend(receipt.event_ids[0])

    assert len(receipt.event_ids) == 1
    assert product.stepline.events.get(receipt.event_ids[0]).status == "unmatched"
    assert len(again.run_ids) == 3
