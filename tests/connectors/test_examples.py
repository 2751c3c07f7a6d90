"""Every example of every connector folder comes true, and every folder keeps the rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors._kit import check, examples, loader
from connectors._kit.model import Connector, Operation
from connectors._kit.registry import Registry

REGISTRY = Registry.load()


def all_examples() -> Iterator[Any]:
    for path in loader.find_folders():
        connector = REGISTRY.connector(path.name)
        for (resource, key), found in loader.read_folder(path, examples=True).examples.items():
            operation = connector.operations[f"{connector.key}.{resource}.{key}"]
            for example in found:
                yield pytest.param(connector, operation, example, id=f"{operation.id}: {example['name']}")


@pytest.mark.parametrize(("connector", "operation", "example"), list(all_examples()))
async def test_example_comes_true(connector: Connector, operation: Operation, example: dict[str, Any]) -> None:
    assert await examples.arun(connector, operation, example) == []


def test_every_connector_folder_keeps_the_rules() -> None:
    assert [str(problem) for problem in check.check()] == []


def test_every_featured_operation_has_an_example() -> None:
    with_examples = {
        f"{path.name}.{resource}.{key}"
        for path in loader.find_folders()
        for resource, key in loader.read_folder(path, examples=True).examples
    }
    featured = {
        operation.id
        for operation in REGISTRY.operations()
        if operation.featured and not (operation.trigger and operation.trigger.mode == "schedule")
    }
    assert featured - with_examples == set()


@pytest.mark.parametrize("vendor", ["gohighlevel", "mailercloud"])
def test_featured_operations_show_how_they_end_well_and_how_they_do_not(vendor: str) -> None:
    """Not well: refused by the service, or nothing was found."""
    folder = next(path for path in loader.find_folders() if path.name == vendor)
    shown = loader.read_folder(folder, examples=True).examples
    lacking = []
    for operation in REGISTRY.connector(vendor).operations.values():
        if operation.featured and operation.kind in ("action", "search"):
            given = shown[operation.resource, operation.key]
            bad = ["expect_failure" in example or example.get("expect_found") is False for example in given]
            if not (any(bad) and not all(bad)):
                lacking.append(operation.id)
    assert lacking == []
