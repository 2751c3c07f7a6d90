"""Trying one step of a draft, and the sample data it is tried with."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from engine.errors import NotFound, Refused
from tests.support.product import Product


def draft(product: Product, **values: Any) -> str:
    """A workflow: GoHighLevel contact → create a contact there with its e-mail."""
    connection = product.gohighlevel()
    step = {
        "key": "create",
        "kind": "action",
        "operation": "gohighlevel.contacts.create",
        "connection": connection,
        "input": {"email": "{{ trigger.email }}"},
        **values,
    }
    trigger = {"operation": "gohighlevel.contacts.created", "connection": connection}
    only = {"key": "only", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}
    return product.stepline.workflows.create("Copy", {"trigger": trigger, "steps": [only, step]}).id


async def test_dry_test_shows_the_request_and_sends_nothing(product: Product) -> None:
    tried = await product.stepline.step_tests.try_step(draft(product), "create", dry=True)

    assert tried.ok
    assert tried.simulated
    assert "@" in tried.input["email"]
    assert product.requests == []
    assert tried.exchanges[0].request["method"] == "POST"


async def test_real_test_sends_the_given_event_and_shows_the_answer(product: Product) -> None:
    product.service = lambda _: httpx.Response(201, json={"contact": {"id": "c-1", "email": "ada@example.com"}})

    tried = await product.stepline.step_tests.try_step(
        draft(product), "create", dry=False, trigger={"email": "ada@example.com"}
    )

    assert tried.ok
    assert tried.output["id"] == "c-1"
    assert b"ada@example.com" in product.requests[0].content


async def test_refusal_of_the_service_is_the_result_not_an_error(product: Product) -> None:
    product.service = lambda _: httpx.Response(400, json={"message": "email is taken"})

    tried = await product.stepline.step_tests.try_step(draft(product), "create", dry=False)

    assert tried.failure is not None
    assert "email is taken" in tried.failure.message + tried.failure.detail
    assert tried.exchanges[0].response is not None


async def test_field_without_a_sample_value_is_named(product: Product) -> None:
    workflow = draft(product, input={"email": "{{ trigger.nothing }}"})

    tried = await product.stepline.step_tests.try_step(workflow, "create", dry=True)

    assert (tried.ok, tried.field) == (False, "email")
    assert tried.failure is not None
    assert "trigger.nothing" in tried.failure.message


async def test_answer_that_breaks_the_promise_is_pointed_out(product: Product) -> None:
    product.service = lambda _: httpx.Response(201, json={"contact": {"id": 7, "email": ["x"]}})

    tried = await product.stepline.step_tests.try_step(draft(product), "create", dry=False)

    assert tried.ok
    assert tried.mismatches


@pytest.mark.parametrize(("key", "error"), [("only", Refused), ("gone", NotFound)])
async def test_only_actions_and_searches_of_the_draft_can_be_tried(
    product: Product, key: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await product.stepline.step_tests.try_step(draft(product), key, dry=True)


async def test_samples_prefer_what_really_happened(product: Product) -> None:
    product.service = lambda _: httpx.Response(201, json={"contact": {"id": "real", "email": "r@example.com"}})
    workflow = draft(product)
    record = product.stepline.workflows.get(workflow)
    before = product.stepline.samples.of(record)

    version = product.stepline.versions.snapshot(workflow)
    await product.stepline.run_control.start(workflow, version.id, {"email": "r@example.com"}, mode="test")
    await product.stepline.dispatcher.idle()
    after = product.stepline.samples.of(record)

    assert before.real == frozenset()
    assert before.scope["trigger"]["email"]
    assert after.real == {"trigger", "only", "create"}
    assert after.scope["steps"]["create"]["id"] == "real"
    assert after.scope["trigger"] == {"email": "r@example.com"}
