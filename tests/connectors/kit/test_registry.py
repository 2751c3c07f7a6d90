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


def test_keywords_of_operation_group_and_app_find_it(tmp_path: Path) -> None:
    registry = registry_of(
        tmp_path,
        {"orders/create": action(keywords=["purchase"]), "orders/cancel": action(), "refunds/create": action()},
        manifest={
            "keywords": ["till"],
            "resources": {"orders": {"title": "Orders", "keywords": ["sales"]}, "refunds": {"title": "Refunds"}},
        },
    )

    assert ids(registry, "purch") == ["orders.create"]
    assert set(ids(registry, "sale")) == {"orders.create", "orders.cancel"}
    assert len(ids(registry, "till")) == 3


def test_hyphen_of_e_mail_does_not_matter(tmp_path: Path) -> None:
    registry = registry_of(
        tmp_path, {"orders/a": action(title="Send an e-mail"), "orders/b": action(title="Count emails")}
    )

    for typed in ("email", "e-mail", "E-Mail", "e-", "e-m", "mail"):
        assert set(ids(registry, typed)) == {"orders.a", "orders.b"}, typed


def test_get_list_and_find_are_one_word(registry: Registry) -> None:
    assert ids(registry, "get refund") == ids(registry, "list refund") == ids(registry, "find refund")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sms", "gohighlevel.messages.send"),
        ("send sms", "gohighlevel.messages.send"),
        ("deal", "gohighlevel.opportunities.upsert"),
        ("lowercase", "formatter.text.change_case"),
        ("uppercase", "formatter.text.change_case"),
        ("get pipelines", "gohighlevel.pipelines.list"),
        ("webhook", "webhook.hooks.received"),
        ("send email", "smtp.emails.send"),
    ],
)
def test_common_words_lead_to_what_people_mean(typed: str, first: str) -> None:
    assert Registry.load().search(typed)[0].id == first


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("ghl contact", "gohighlevel.contacts.upsert"),
        ("email sent", "mailercloud.mail.sent"),
        ("campaign email", "mailercloud.campaigns.schedule"),
    ],
)
def test_common_words_find_what_people_mean(typed: str, wanted: str) -> None:
    assert wanted in [operation.id for operation in Registry.load().search(typed)]


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
