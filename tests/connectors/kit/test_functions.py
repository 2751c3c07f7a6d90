"""Operations in Python: for what JSON cannot say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit.context import Result
from connectors._kit.errors import OperationFailed
from tests.support.connector_folder import CREDENTIALS, action, registry_of
from tests.support.service import Service, caller_for

CODE = """
from connectors._kit.errors import UnusableValue

def shout(input):
    return {"text": input["item"].upper()}

def who(input, context):
    return {"operation": context.operation.id, "key": context.idempotency_key, "dry": context.dry_run}

def refuse(input):
    raise UnusableValue("This item cannot be shouted.")

async def find_or_create(input, context):
    found = await context.send("GET", "/orders", query=[("item", input["item"])], reads=True)
    if found.body["orders"]:
        return found.body["orders"][0]
    made = await context.send("POST", "/orders", json={"item": input["item"]}, headers={"X-Note": "new"})
    return made.body

async def whatever(input, context):
    answer = await context.send("GET", "https://other.example/x", raise_for_status=False)
    return {"status": answer.status, "body": answer.body}

def regions(input):
    return [{"value": "eu", "label": "Europe"}]

def next_times(operation_key, input, after, count):
    return [after] * count
"""


async def run(
    tmp_path: Path, function: str, service: Service | None = None, *, dry_run: bool = False, **more: Any
) -> Result:
    operation = {**action(), "run": function, **more}
    del operation["request"]
    registry = registry_of(tmp_path, {"orders/create": operation}, code=CODE, manifest={"headers": {"Version": "7"}})
    async with caller_for(registry, service or Service()) as caller:
        found = registry.operation("shop.orders.create")
        return await caller.execute(found, {"item": "hat"}, CREDENTIALS, idempotency_key="k1", dry_run=dry_run)


async def test_plain_function_gives_its_value(tmp_path: Path) -> None:
    assert (await run(tmp_path, "shout", pure=True)).output == {"text": "HAT"}


async def test_function_may_ask_for_the_context(tmp_path: Path) -> None:
    result = await run(tmp_path, "who", dry_run=True)

    assert result.output == {"operation": "shop.orders.create", "key": "k1", "dry": True}


async def test_value_that_cannot_be_used_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed, match="cannot be shouted") as caught:
        await run(tmp_path, "refuse")

    assert caught.value.failure.kind == "rejected"


async def test_path_goes_to_the_connectors_own_address_with_its_headers_and_login(tmp_path: Path) -> None:
    service = Service(httpx.Response(200, json={"orders": []}), httpx.Response(201, json={"id": 7}))

    result = await run(tmp_path, "find_or_create", service)

    search, create = service.requests
    assert str(search.url) == "https://api.shop.example/v1/orders?item=hat"
    assert (create.method, create.content) == ("POST", b'{"item":"hat"}')
    assert create.headers["Authorization"] == "Bearer tok-12345"
    assert (create.headers["Version"], create.headers["X-Note"]) == ("7", "new")
    assert result.output == {"id": 7}
    assert len(result.exchanges) == 2


async def test_dry_run_makes_the_reads_and_shows_the_write(tmp_path: Path) -> None:
    service = Service(httpx.Response(200, json={"orders": []}))

    result = await run(tmp_path, "find_or_create", service, dry_run=True)

    assert len(service.requests) == 1
    assert result.simulated
    assert result.output == {"id": 1}
    assert [exchange.request["method"] for exchange in result.exchanges] == ["GET", "POST"]
    assert result.exchanges[1].response is None


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([httpx.ReadTimeout("slow")], "transient"),
        ([httpx.Response(500)], "transient"),
        ([httpx.Response(200, json={"orders": []}), httpx.Response(500)], "uncertain"),
        ([httpx.Response(200, json={"orders": []}), httpx.ReadTimeout("slow")], "uncertain"),
    ],
)
async def test_only_a_write_can_be_left_uncertain(tmp_path: Path, answers: Any, kind: str) -> None:
    with pytest.raises(OperationFailed) as caught:
        await run(tmp_path, "find_or_create", Service(*answers))

    assert caught.value.failure.kind == kind
    assert len(caught.value.exchanges) == len(answers)


async def test_function_may_look_at_error_answers_itself(tmp_path: Path) -> None:
    service = Service(httpx.Response(404, text="none"))

    result = await run(tmp_path, "whatever", service, reads=True)

    assert result.output == {"status": 404, "body": "none"}
    assert service.request.url.host == "other.example"


async def test_dropdown_may_be_a_function(tmp_path: Path) -> None:
    operation = {"kind": "options", "title": "Regions", "description": "All.", "run": "regions"}
    registry = registry_of(tmp_path, {"orders/regions": operation}, code=CODE)

    async with caller_for(registry, Service()) as caller:
        entries = await caller.options(registry.operation("shop.orders.regions"), {}, CREDENTIALS)

    assert entries == [{"value": "eu", "label": "Europe"}]


def test_schedule_asks_the_connectors_code(tmp_path: Path) -> None:
    from tests.support.service import NOW

    operation = {"kind": "trigger", "title": "T", "description": "D.", "sample": {}, "trigger": {"mode": "schedule"}}
    registry = registry_of(tmp_path, {"orders/often": operation}, code=CODE)

    assert registry.next_times(registry.operation("shop.orders.often"), {}, after=NOW, count=2) == [NOW, NOW]
