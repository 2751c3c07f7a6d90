"""How a connection's log-in gets into a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit.context import Credentials
from connectors._kit.errors import FailureKind, OperationFailed
from tests.support.connector_folder import action, fields, registry_of
from tests.support.service import Service, caller_for

SECRET = {"type": "object", "properties": {"api_key": {"type": "string", "title": "Key", "x-secret": True}}}


async def request_with(tmp_path: Path, auth: dict[str, Any], values: dict[str, Any] | None) -> httpx.Request:
    auth = {"key": "login", "fields": fields("token", "username", "password"), **auth}
    registry = registry_of(tmp_path, {"orders/create": action("GET")}, manifest={"auth": [auth]})
    service = Service()
    credentials = None if values is None else Credentials("c1", "shop", "login", values)
    async with caller_for(registry, service) as caller:
        await caller.execute(registry.operation("shop.orders.create"), {}, credentials, idempotency_key="k")
    return service.request


@pytest.mark.parametrize(
    ("auth", "values", "header"),
    [
        ({"kind": "bearer"}, {"token": "abc"}, "Bearer abc"),
        ({"kind": "bearer"}, {"token": "  Bearer abc\n"}, "Bearer abc"),
        ({"kind": "bearer"}, {"token": "bearer  abc"}, "Bearer abc"),
        ({"kind": "basic"}, {"username": "ada", "password": "p:w"}, "Basic YWRhOnA6dw=="),
        ({"kind": "basic"}, {"username": "key"}, "Basic a2V5Og=="),
        (
            {"kind": "oauth2", "authorize_url": "https://a", "token_url": "https://t"},
            {"access_token": "at"},
            "Bearer at",
        ),
        ({"kind": "api_key", "fields": SECRET}, {"api_key": "raw-key"}, "raw-key"),
        ({"kind": "api_key", "fields": SECRET}, {"api_key": "Bearer raw-key"}, "raw-key"),
        (
            {"kind": "api_key", "fields": SECRET, "value": "Bearer {{ connection.api_key }}"},
            {"api_key": "k"},
            "Bearer k",
        ),
        (
            {
                "kind": "api_key",
                "fields": SECRET,
                "value": "{{ 'Bearer ' if connection.as_bearer else '' }}{{ connection.api_key }}",
            },
            {"api_key": "Bearer k", "as_bearer": True},
            "Bearer k",
        ),
    ],
)
async def test_login_is_sent_as_the_manifest_says(
    tmp_path: Path, auth: dict[str, Any], values: dict[str, Any], header: str
) -> None:
    request = await request_with(tmp_path, auth, values)

    assert request.headers["Authorization"] == header


async def test_api_key_may_go_into_another_header_or_the_query(tmp_path: Path) -> None:
    in_header = await request_with(
        tmp_path, {"kind": "api_key", "fields": SECRET, "header": "X-Key"}, {"api_key": "k1"}
    )
    in_query = await request_with(tmp_path, {"kind": "api_key", "fields": SECRET, "query": "key"}, {"api_key": "k 1"})

    assert in_header.headers["X-Key"] == "k1"
    assert in_query.url.query == b"key=k%201"
    assert "Authorization" not in in_query.headers


async def test_connector_without_login_sends_none(tmp_path: Path) -> None:
    request = await request_with(tmp_path, {"kind": "none", "fields": {"type": "object", "properties": {}}}, None)

    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("auth", "values"),
    [
        ({"kind": "bearer"}, {}),
        ({"kind": "bearer"}, {"token": "  "}),
        ({"kind": "basic"}, {"password": "x"}),
        ({"kind": "oauth2", "authorize_url": "https://a", "token_url": "https://t"}, {"access_token": None}),
        ({"kind": "api_key", "fields": SECRET}, {}),
    ],
)
async def test_incomplete_login_fails_before_anything_is_sent(
    tmp_path: Path, auth: dict[str, Any], values: dict[str, Any]
) -> None:
    with pytest.raises(OperationFailed, match="no log-in") as caught:
        await request_with(tmp_path, auth, values)

    assert caught.value.failure.kind is FailureKind.AUTH
    assert caught.value.failure.remedy


async def test_missing_connection_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed, match="No connection to Shop is chosen") as caught:
        await request_with(tmp_path, {"kind": "bearer"}, None)

    assert caught.value.failure.kind is FailureKind.CONFIG


async def test_connection_of_another_app_is_never_used(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, {"orders/create": action("GET")})
    foreign, service = Credentials("c2", "bank", "token", {"token": "bank-token"}), Service()

    async with caller_for(registry, service) as caller:
        with pytest.raises(OperationFailed, match="No connection to Shop is chosen"):
            await caller.execute(registry.operation("shop.orders.create"), {}, foreign, idempotency_key="k")

    assert service.requests == []


async def test_auth_kind_that_no_longer_exists_is_named(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, {"orders/create": action("GET")})
    old = Credentials("c1", "shop", "magic_link", {"token": "x"})

    async with caller_for(registry, Service()) as caller:
        with pytest.raises(OperationFailed, match="called “magic_link”"):
            await caller.execute(registry.operation("shop.orders.create"), {}, old, idempotency_key="k")


def test_credentials_do_not_show_their_values() -> None:
    assert "hunter2" not in repr(Credentials("c1", "shop", "token", {"token": "hunter2"}))
