"""What a person does to runs."""

from __future__ import annotations

from typing import Any, Literal

import httpx
import pytest

from engine.errors import NotFound, Refused
from engine.runs import RunDetail
from engine.runs.model import Decision
from tests.support.product import Product

UPDATE: dict[str, Any] = {
    "key": "update",
    "kind": "action",
    "operation": "gohighlevel.contacts.update",
    "input": {"contactId": "c-1", "firstName": "Ada"},
}
CREATE: dict[str, Any] = {
    "key": "create",
    "kind": "action",
    "operation": "gohighlevel.contacts.create",
    "input": {"email": "ada@example.com"},
}


async def run(product: Product, step: dict[str, Any], **values: Any) -> RunDetail:
    stepline = product.stepline
    connection = stepline.connections.list()[0].id if stepline.connections.list() else product.gohighlevel()
    workflow = product.workflow({**step, "connection": connection})
    version = stepline.versions.list(workflow)[0]
    accepted = await stepline.run_control.start(workflow, version.id, {}, mode=values.get("mode", "live"))
    return await settled(product, accepted.run_ids[0])


async def settled(product: Product, run_id: str) -> RunDetail:
    await product.stepline.dispatcher.idle()
    return product.stepline.runs.get(run_id)


async def go_on(product: Product, run_id: str) -> RunDetail:
    await product.stepline.dispatcher.claim_due()
    return await settled(product, run_id)


def answers(product: Product, *statuses: int) -> None:
    left = list(statuses)
    product.service = lambda _: httpx.Response(left.pop(0), json={"contact": {"id": "c-1"}, "message": "said no"})


async def test_refused_login_marks_the_connection_and_its_runs_go_on_when_it_works_again(product: Product) -> None:
    answers(product, 401, 200, 200)
    held = await run(product, UPDATE)

    connection = product.stepline.connections.list()[0]
    assert (held.run.status, connection.status) == ("held", "failing")

    outcome = await product.stepline.connections.test(connection.id)
    after = await go_on(product, held.run.id)

    assert (outcome.ok, outcome.released) == (True, 1)
    assert after.run.status == "succeeded"


async def test_run_fails_where_a_step_without_connection_is_asked_for_a_log_in(product: Product) -> None:
    answers(product, 401)
    step = {"key": "ask", "kind": "action", "operation": "http_request.requests.get"}
    workflow = product.workflow({**step, "input": {"url": "https://93.184.216.34/"}})
    version = product.stepline.versions.list(workflow)[0]
    accepted = await product.stepline.run_control.start(workflow, version.id, {}, mode="live")

    failed = await settled(product, accepted.run_ids[0])

    assert failed.run.status == "failed"
    assert "asks for a log-in" in failed.run.reason
    assert failed.run.error and "Choose or add a connection in this step" in failed.run.error["remedy"]


async def test_uncertain_write_counts_as_done_when_a_person_says_so(product: Product) -> None:
    answers(product, 502)
    held = await run(product, CREATE)
    assert held.run.status == "held"

    product.stepline.run_control.resolve(held.run.id, "done", {"id": "c-9"}, by="Olivia Lund")
    after = await go_on(product, held.run.id)

    assert after.run.status == "succeeded"
    assert after.steps[0].output == {"id": "c-9"}
    assert len(product.requests) == 1


@pytest.mark.parametrize("answer", ["done", "retry"])
async def test_who_decided_what_and_when_is_kept_with_the_uncertain_try(
    product: Product, answer: Literal["done", "retry"]
) -> None:
    answers(product, 502, 201)
    held = await run(product, CREATE)
    failure = held.steps[0].attempts[0].error
    decided_at = product.clock()

    product.stepline.run_control.resolve(held.run.id, answer, by="Olivia Lund")
    product.clock.forward(hours=1)
    after = await go_on(product, held.run.id)

    first, *later = after.steps[0].attempts
    assert (after.run.status, first.status, first.error) == ("succeeded", "uncertain", failure)
    assert first.decision == Decision(answer, "Olivia Lund", decided_at)
    assert [attempt.decision for attempt in later] == ([] if answer == "done" else [None])


async def test_uncertain_write_is_repeated_when_a_person_says_so(product: Product) -> None:
    answers(product, 502, 201)
    held = await run(product, CREATE)

    product.stepline.run_control.resolve(held.run.id, "retry", by="Olivia Lund")
    after = await go_on(product, held.run.id)

    assert after.run.status == "succeeded"
    assert [attempt.status for attempt in after.steps[0].attempts] == ["uncertain", "succeeded"]


async def test_only_held_runs_can_be_resolved(product: Product) -> None:
    answers(product, 200)
    finished = await run(product, UPDATE)

    with pytest.raises(Refused):
        product.stepline.run_control.resolve(finished.run.id, "done", by="Olivia Lund")
    with pytest.raises(NotFound):
        product.stepline.run_control.resolve("nope", "done", by="Olivia Lund")


async def test_waiting_run_can_be_cancelled_once(product: Product) -> None:
    answers(product, 503)
    waiting = await run(product, UPDATE)
    assert waiting.run.status == "waiting"

    product.stepline.run_control.cancel(waiting.run.id)

    product.clock.forward(hours=2)
    after = await go_on(product, waiting.run.id)
    assert (after.run.status, len(product.requests)) == ("cancelled", 1)
    with pytest.raises(Refused):
        product.stepline.run_control.cancel(waiting.run.id)


async def test_repeat_runs_the_same_event_again(product: Product) -> None:
    answers(product, 400, 200)
    failed = await run(product, UPDATE)
    assert failed.run.status == "failed"

    accepted = await product.stepline.run_control.replay(failed.run.id)
    again = await settled(product, accepted.run_ids[0])

    assert again.run.status == "succeeded"
    assert again.run.id != failed.run.id


async def test_dry_run_shows_the_request_and_sends_nothing(product: Product) -> None:
    dry = await run(product, CREATE, mode="dry")

    assert (dry.run.status, dry.run.mode, product.requests) == ("succeeded", "dry", [])
    exchange = dry.steps[0].attempts[0].exchanges[0]
    assert exchange["request"]["url"].endswith("/contacts/")
    assert "ada@example.com" in exchange["request"]["body"]
    assert "pit-1" not in str(exchange)
    assert exchange["response"] is None
