"""A plain REST operation is two JSON files: its description and its examples. Nothing else is touched."""

from __future__ import annotations

import asyncio
from pathlib import Path

from connectors._kit.check import check
from connectors._kit.registry import Registry
from tests.support.connector_folder import CREDENTIALS, action, fields, write_folder, write_json
from tests.support.service import Service, caller_for

OPERATION = action(
    "PUT",
    "/orders/{order_id}/notes",
    title="Change the note of an order",
    idempotent=True,
    input_schema=fields("order_id", note="string"),
    sample={"id": 7, "note": "Gift"},
    output="{{ response.order }}",
)
EXAMPLES = [
    {
        "name": "changes the note",
        "input": {"order_id": "A/7", "note": "Gift"},
        "expect_request": {"method": "PUT", "path": "/orders/A%2F7/notes", "body": {"note": "Gift"}},
        "response": {"status": 200, "body": {"order": {"id": 7, "note": "Gift"}}},
        "expect_output": {"id": 7, "note": "Gift"},
    }
]


def test_folder_without_the_two_files_has_no_such_operation(tmp_path: Path) -> None:
    registry = Registry.load([write_folder(tmp_path, {"orders/create": action()})])

    assert [operation.id for operation in registry.operations()] == ["shop.orders.create"]


async def test_two_json_files_add_a_working_operation(tmp_path: Path) -> None:
    # given a connector as it was
    folder = write_folder(tmp_path, {"orders/create": action()})

    # when nothing but the two files is written
    write_json(folder / "operations" / "orders" / "change_note.json", OPERATION)
    write_json(folder / "examples" / "orders" / "change_note.json", EXAMPLES)

    # then it is sound, its example comes true, it is found by its words, and it runs
    assert await asyncio.to_thread(check, [folder], examples=True) == []
    registry = Registry.load([folder])
    assert registry.search("note ord")[0].id == "shop.orders.change_note"
    async with caller_for(registry, Service()) as caller:
        operation = registry.operation("shop.orders.change_note")
        shown = await caller.execute(operation, {"order_id": "7"}, CREDENTIALS, idempotency_key="k", dry_run=True)
    assert shown.simulated
    assert shown.exchanges[0].request["url"] == "https://api.shop.example/v1/orders/7/notes"


def test_check_names_an_example_that_does_not_come_true(tmp_path: Path) -> None:
    wrong = [{**EXAMPLES[0], "expect_output": {"id": 8}}]
    files = {"orders/change_note": OPERATION}
    folder = write_folder(tmp_path, files, examples={"orders/change_note": wrong})

    (problem,) = check([folder], examples=True)

    assert problem.file.endswith("shop/examples/orders/change_note.json")
    assert problem.pointer == "/0"
    assert "changes the note" in problem.message
    assert '{"id":8}' in problem.message
