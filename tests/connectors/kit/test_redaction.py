"""Nothing secret is stored of an exchange."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit.context import Credentials
from connectors._kit.redact import BODY_LIMIT, HIDDEN, Redactor, holds_key, without_log_ins
from tests.support.connector_folder import action, registry_of
from tests.support.service import Service, caller_for

SECRET = 'p/w "ü"+1'


@pytest.mark.parametrize(
    "text",
    [
        f"a {SECRET} b",
        "https://x.example/?key=p%2Fw%20%22%C3%BC%22%2B1",
        "key=p%2Fw+%22%C3%BC%22%2B1",
        json.dumps({"key": SECRET}),
        json.dumps({"key": SECRET}, ensure_ascii=False),
    ],
)
def test_secret_is_found_in_every_spelling(text: str) -> None:
    clean = Redactor([SECRET]).text(text)

    assert HIDDEN in clean
    assert "p/w" not in clean
    assert "p%2Fw" not in clean


def test_longer_secret_is_replaced_before_a_shorter_one_in_it() -> None:
    assert Redactor(["token", "token-long"]).text("token-long token") == f"{HIDDEN} {HIDDEN}"


def test_very_short_secrets_are_not_searched_for() -> None:
    assert Redactor(["abc"]).text("abc") == "abc"


@pytest.mark.parametrize("name", ["Authorization", "cookie", "Set-Cookie", "X-API-Key", "Proxy-Authorization"])
def test_login_headers_are_hidden_whole(name: str) -> None:
    assert Redactor().headers([(name, "anything"), ("Accept", "x")]) == {name: HIDDEN, "Accept": "x"}


def test_long_body_is_cut_with_a_marker() -> None:
    body = Redactor().body(b"x" * (BODY_LIMIT + 10))

    assert body == "x" * BODY_LIMIT + f"… (cut, {BODY_LIMIT + 10} in all)"


def test_secret_on_the_edge_of_the_cut_does_not_leak() -> None:
    body = Redactor(["secret-value"]).body("x" * (BODY_LIMIT - 5) + "secret-value")

    assert body is not None
    assert "secr" not in body


def test_body_that_is_not_text_does_not_harm() -> None:
    assert Redactor().body(b"\xff\xfe\x00") == "\ufffd\ufffd\x00"
    assert Redactor().body(b"") is None


async def test_exchange_holds_no_secret_anywhere(tmp_path: Path) -> None:
    # given secrets in the connection and in its own field, all of them echoed by the service
    schema = {"type": "object", "properties": {"note": {"type": "string", "title": "N"}}}
    auth = {"key": "login", "kind": "api_key", "query": "key", "fields": {
        "type": "object", "properties": {"api_key": {"type": "string", "title": "Key", "x-secret": True}}}}  # fmt: skip
    connection = {"type": "object", "properties": {"hook_secret": {"type": "string", "title": "H", "x-secret": True}}}
    registry = registry_of(
        tmp_path,
        {"orders/create": action(input_schema=schema, request={"headers": {"X-Hook": "{{ connection.hook_secret }}"}})},
        manifest={"auth": [auth], "connection": connection},
    )
    values = {"api_key": "key-secret", "hook_secret": "hook-secret", "refresh_token": "refresh-secret"}
    echo = {"you_sent": ["key-secret", "hook-secret", "refresh-secret"]}
    answer = httpx.Response(200, json=echo, headers={"Set-Cookie": "s=1", "X-Echo": "hook-secret"})

    # when it is carried out
    async with caller_for(registry, Service(answer)) as caller:
        result = await caller.execute(
            registry.operation("shop.orders.create"),
            {"note": "plain"},
            Credentials("c1", "shop", "login", values),
            idempotency_key="k",
        )

    # then the exchange is readable and clean, while the output is what the service said
    record = json.dumps(result.exchanges[0].as_dict(), ensure_ascii=False)
    assert "secret" not in record
    assert "s=1" not in record
    assert '\\"note\\":\\"plain\\"' in record
    assert f"?key={HIDDEN}" in record
    assert result.output == echo


def test_many_secrets_before_the_cut_do_not_draw_a_halved_one_in() -> None:
    body = Redactor(["secret-value"]).body("secret-value" * 3000)

    assert body is not None
    assert "secr" not in body


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("api_key=abc&page=2", f"api_key={HIDDEN}&page=2"),
        ("page=2&token=abc#top", f"page=2&token={HIDDEN}#top"),
        ("Key=abc", f"Key={HIDDEN}"),
        ("access_token=a%20b", f"access_token={HIDDEN}"),
        ("sig=abc&password=x", f"sig={HIDDEN}&password={HIDDEN}"),
        ("monkey=abc&keyword=x&id=token", "monkey=abc&keyword=x&id=token"),
    ],
)
def test_key_in_the_query_of_an_address_is_hidden(query: str, shown: str) -> None:
    assert Redactor().url(f"https://api.example.com/a?{query}") == f"https://api.example.com/a?{shown}"


def test_log_in_in_an_address_is_hidden() -> None:
    assert Redactor().url("https://ada:pass@api.example.com/a@b") == f"https://{HIDDEN}@api.example.com/a@b"


def test_input_is_kept_without_log_ins_and_expressions_are_none() -> None:
    given = {
        "url": "https://u:p@x.example/?token=abc&key={{ trigger.key }}",
        "query": {"api_key": "abc", "token": "{{ trigger.token }}", "page": 2},
        "headers": {"Private-Token": "abc", "Accept": "*/*"},
        "body": "token",
    }
    assert without_log_ins(given, hidden="") == {
        "url": "https://x.example/?token=&key={{ trigger.key }}",
        "query": {"api_key": "", "token": "{{ trigger.token }}", "page": 2},
        "headers": {"Private-Token": "", "Accept": "*/*"},
        "body": "token",
    }


@pytest.mark.parametrize("value", ["https://a.example/?api_key=x", "https://u:p@a.example/", {"token": "x"}])
def test_typed_key_is_found(value: Any) -> None:
    assert holds_key(value)


@pytest.mark.parametrize(
    "value", ["https://a.example/?api_key={{ trigger.k }}", "https://a.example/@ada?page=2", {"token": "{{ a }}"}, {}]
)
def test_no_key_is_found_where_none_is_typed(value: Any) -> None:
    assert not holds_key(value)
