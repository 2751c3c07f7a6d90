"""What Python functions of connectors reach beside HTTP."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit.caller import Caller
from connectors._kit.context import Result
from connectors._kit.doors import ConnectFor, Doors
from connectors._kit.egress import EgressPolicy
from connectors._kit.errors import EgressRefused, OperationFailed
from connectors._kit.memory_store import MemoryStores
from tests.support.connector_folder import CREDENTIALS, action, fields, registry_of
from tests.support.service import NOW, Service

CODE = """
async def count(input, context):
    def act(shelf):
        known = shelf.get("visits")
        value = (known.value if known else 0) + 1
        shelf.put("visits", value)
        return {"value": value}
    return await context.store(shared=input.get("shared", False)).change(act)

async def look(input, context):
    def act(shelf):
        return {"value": shelf.get("visits").value if shelf.get("visits") else None}
    return await context.store(shared=False).read(act)

async def speak(input, context):
    async def talk():
        return {"status": 250, "headers": {}, "body": "thanks, tok-12345"}
    request = {"method": "SAY", "url": "talk://server", "headers": {"To": "ada"}, "body": "my token is tok-12345"}
    return dict(await context.talk(request, talk))

def rows(input, context):
    return [{"id": 1}, {"id": 2}]

def due(input, context):
    return {"n": 1} if input["some"] else None

def next_times(key, input, after, count):
    return []
"""


def run(name: str, **more: Any) -> dict[str, Any]:
    return action(run=name, input_schema=fields(shared="boolean", some="boolean"), **more)


OPERATIONS: dict[str, Any] = {
    "orders/count": {**run("count", title="Count", idempotent=True), "sample": {"value": 9}},
    "orders/look": {**run("look", title="Look"), "kind": "search"},
    "orders/speak": run("speak", title="Speak"),
    "orders/polled": {
        "kind": "trigger",
        "title": "Polled",
        "description": "Rows.",
        "sample": {"id": 1},
        "trigger": {"mode": "poll", "run": "rows", "key": "{{ item.id }}"},
    },
    "orders/due": {
        "kind": "trigger",
        "title": "Due",
        "description": "Sometimes.",
        "input_schema": fields(some="boolean"),
        "sample": {"n": 1},
        "trigger": {"mode": "schedule", "run": "due"},
    },
}
for raw in OPERATIONS.values():
    raw.pop("request", None)
    if raw["kind"] == "search":
        raw.pop("idempotent", None)


class Shop:
    def __init__(self, root: Path) -> None:
        self.registry = registry_of(root, OPERATIONS, code=CODE)
        http = httpx.AsyncClient(transport=Service())
        self.caller = Caller(self.registry, http, lambda: NOW, doors=Doors(stores=MemoryStores(lambda: NOW)))

    async def do(self, key: str, given: dict[str, Any] | None = None, **more: Any) -> Result:
        operation = self.registry.operation(f"shop.orders.{key}")
        more = {"idempotency_key": "k", "workflow_id": "w1", **more}
        return await self.caller.execute(operation, given or {}, CREDENTIALS, **more)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


async def test_same_try_changes_what_is_kept_only_once(shop: Shop) -> None:
    outputs = [(await shop.do("count", idempotency_key=key)).output for key in ("a", "a", "b")]

    assert outputs == [{"value": 1}, {"value": 1}, {"value": 2}]


async def test_each_workflow_keeps_its_own_unless_shared(shop: Shop) -> None:
    await shop.do("count", workflow_id="w1", idempotency_key="1")
    other = await shop.do("count", workflow_id="w2", idempotency_key="2")
    await shop.do("count", {"shared": True}, workflow_id="w1", idempotency_key="3")
    shared = await shop.do("count", {"shared": True}, workflow_id="w2", idempotency_key="4")

    assert (other.output, shared.output) == ({"value": 1}, {"value": 2})


async def test_nothing_is_kept_outside_a_workflow(shop: Shop) -> None:
    with pytest.raises(OperationFailed, match="only inside a workflow"):
        await shop.do("count", workflow_id="")


async def test_dry_run_looks_and_changes_nothing(shop: Shop) -> None:
    shown = await shop.do("count", dry_run=True)
    looked = await shop.do("look", dry_run=True)

    assert (shown.simulated, shown.output) == (True, {"value": 9})
    assert looked.output == {"value": None}


async def test_talk_is_recorded_without_secrets(shop: Shop) -> None:
    result = await shop.do("speak")

    (exchange,) = result.exchanges
    assert exchange.request["body"] == "my token is ••••••"
    assert exchange.response is not None
    assert exchange.response["body"] == "thanks, ••••••"


async def test_talk_is_only_shown_in_a_dry_run(shop: Shop) -> None:
    result = await shop.do("speak", dry_run=True)

    assert result.simulated
    assert (result.exchanges[0].request["url"], result.exchanges[0].response) == ("talk://server", None)


async def test_function_gives_the_rows_of_a_poll(shop: Shop) -> None:
    items = await shop.caller.poll(shop.registry.operation("shop.orders.polled"), {}, CREDENTIALS)

    assert [item.key for item in items] == ["1", "2"]


@pytest.mark.parametrize(("some", "data"), [(True, {"n": 1}), (False, None)])
async def test_function_decides_what_a_due_event_holds(tmp_path: Path, some: bool, data: Any) -> None:
    registry = registry_of(tmp_path, OPERATIONS, code=CODE, manifest={"auth": []})
    caller = Caller(registry, httpx.AsyncClient(transport=Service()), lambda: NOW)
    operation = registry.operation("shop.orders.due")

    assert await caller.due(operation, {"some": some}, idempotency_key="k", workflow_id="w") == data


async def test_private_server_is_not_connected_to_unless_allowed() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]

        with pytest.raises(EgressRefused):
            await ConnectFor(EgressPolicy())("127.0.0.1", port, 5)
        with await ConnectFor(EgressPolicy(["127.0.0.1"]))("127.0.0.1", port, 5) as connected:
            assert connected.getpeername()[1] == port
