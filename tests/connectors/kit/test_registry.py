"""The registry: found by id and by words, loaded quickly."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors._kit.errors import UnknownConnector, UnknownOperation
from connectors._kit.registry import Registry
from tests.support.connector_folder import action, registry_of


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return registry_of(
        tmp_path,
        {
            "orders/create": action(title="Create an order"),
            "orders/cancel": action(title="Cancel an order", description="Takes an order back."),
            "refunds/create": action(title="Pay money back", description="Refunds an order."),
            "refunds/find": {**action("GET", title="Find a refund"), "kind": "search"},
        },
        manifest={"resources": {"orders": {"title": "Orders"}, "refunds": {"title": "Refunds"}}},
    )


def ids(registry: Registry, *words: str, **only: str) -> list[str]:
    return [operation.id.removeprefix("shop.") for operation in registry.search(*words, **only)]  # type: ignore[arg-type]


def test_connector_and_operation_are_found_by_key(registry: Registry) -> None:
    assert registry.connector("shop").name == "Shop"
    assert registry.operation("shop.orders.create").title == "Create an order"
    assert len(registry.operations()) == 4


def test_unknown_names_are_errors_of_their_own(registry: Registry) -> None:
    with pytest.raises(UnknownConnector, match="nope"):
        registry.connector("nope")
    with pytest.raises(UnknownOperation, match=r"shop\.orders\.nope"):
        registry.operation("shop.orders.nope")


def test_title_counts_more_than_group_and_description(registry: Registry) -> None:
    assert ids(registry, "ref") == ["refunds.find", "refunds.create"]
    assert ids(registry, "order")[:2] == ["orders.create", "orders.cancel"]


def test_of_equal_hits_first_resources_and_what_people_do_most_come_first(registry: Registry) -> None:
    assert ids(registry) == ["orders.create", "orders.cancel", "refunds.create", "refunds.find"]


def test_every_word_must_begin_some_word(registry: Registry) -> None:
    assert ids(registry, "shop canc") == ["orders.cancel"]
    assert ids(registry, "create elephant") == []
    assert ids(registry, "reate") == []


def test_search_can_be_narrowed(registry: Registry) -> None:
    assert ids(registry, kind="search") == ["refunds.find"]
    assert ids(registry, "create", resource="refunds") == ["refunds.create"]
    assert ids(registry, connector="other") == []
    assert len(registry.search(limit=2)) == 2


def test_effect_follows_kind_method_and_idempotency(tmp_path: Path) -> None:
    pure = {key: value for key, value in action().items() if key != "request"} | {"pure": True, "run": "f"}
    registry = registry_of(
        tmp_path,
        {
            "orders/a": action("GET", idempotent=True),
            "orders/b": action(idempotent=False),
            "orders/c": action(idempotent=True),
            "orders/d": {**action(), "kind": "search"},
            "orders/e": pure,
            "orders/f": action("POST", reads=True),
        },
    )

    effects = [operation.effect for operation in registry.operations()]

    assert effects == ["read", "write", "idempotent_write", "read", "pure", "read"]


def test_built_in_connectors_are_there() -> None:
    assert {"gohighlevel", "mailercloud", "webhook", "schedule", "http_request", "formatter"} <= set(
        Registry.load().connectors
    )
