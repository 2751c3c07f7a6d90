"""What a catch hook answers to its sender."""

from __future__ import annotations

from typing import Any

import pytest

from engine.triggers.reply import Reply, reply_of
from tests.support.product import Product

NOTHING: dict[str, Any] = {"key": "note", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}


async def answered(product: Product, **trigger: Any) -> Reply | None:
    workflow = product.workflow(NOTHING, **trigger)
    receipt = await product.stepline.receiver.receive(product.token(workflow=workflow), "POST", {}, b'{"a": 1}')
    assert receipt.outcome == "accepted"
    return receipt.reply


async def test_workflow_without_one_has_the_usual_answer(product: Product) -> None:
    assert await answered(product) is None


async def test_reply_of_the_trigger_comes_with_the_stored_event(product: Product) -> None:
    reply = await answered(product, input={"reply": {"status": 201, "body": {"ok": True}}})

    assert reply == Reply(201, {"Content-Type": "application/json"}, b'{"ok":true}')


async def test_redelivered_event_gets_the_same_reply(product: Product) -> None:
    workflow = product.workflow(NOTHING, input={"reply": {"body": "thanks"}})
    token, headers = product.token(workflow=workflow), {"idempotency-key": "once"}

    receipts = [await product.stepline.receiver.receive(token, "POST", headers, b"{}") for _ in range(2)]

    assert [receipt.outcome for receipt in receipts] == ["accepted", "duplicate"]
    assert {receipt.reply.body for receipt in receipts if receipt.reply} == {b"thanks"}


async def test_switched_off_workflow_does_not_reply_for_itself(product: Product) -> None:
    workflow = product.workflow(NOTHING, on=False, input={"reply": {"body": "thanks"}})

    receipt = await product.stepline.receiver.receive(product.token(workflow=workflow), "POST", {}, b"{}")

    assert (receipt.outcome, receipt.reply) == ("switched_off", None)


def test_text_is_sent_as_it_is_with_the_type_that_is_asked_for() -> None:
    reply = reply_of({"reply": {"body": "<p>Hi</p>", "headers": {"content-type": "text/html"}}})

    assert reply == Reply(200, {"content-type": "text/html"}, b"<p>Hi</p>")


@pytest.mark.parametrize("name", ["Set-Cookie", "Content-Length", "content-security-policy", "X\r\nY", "Grüße"])
def test_headers_that_are_not_the_workflows_to_set_are_left_out(name: str) -> None:
    reply = reply_of({"reply": {"headers": {name: "x", "X-Mine": "yes"}}})

    assert reply is not None
    assert set(reply.headers) == {"Content-Type", "X-Mine"}


def test_value_with_a_line_break_is_left_out() -> None:
    reply = reply_of({"reply": {"headers": {"X-Mine": "a\r\nSet-Cookie: b"}}})

    assert reply is not None
    assert "X-Mine" not in reply.headers
