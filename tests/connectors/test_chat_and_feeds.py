"""Messages and feeds over real HTTP, on this machine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from connectors._kit.caller import Caller
from connectors._kit.context import Credentials
from connectors._kit.egress import open_client
from connectors._kit.errors import FailureKind, OperationFailed
from connectors._kit.registry import Registry
from tests.support.echo import echo_server
from tests.support.service import NOW

REGISTRY = Registry.load()


@pytest.fixture
async def outside() -> AsyncIterator[tuple[Caller, str]]:
    """A caller, and the address of a server that answers with what it was asked."""
    with echo_server() as url:
        http = open_client(allow=[urlsplit(url).netloc])
        yield Caller(REGISTRY, http, lambda: NOW), url
        await http.aclose()


async def test_message_is_posted_to_the_webhooks_own_address(outside: tuple[Caller, str]) -> None:
    caller, url = outside
    credentials = Credentials("c1", "slack", "webhook", {"webhook_url": f"{url}/hooks/secret-123456"})
    operation = REGISTRY.operation("slack.messages.send")

    result = await caller.execute(operation, {"text": "Hej *du*"}, credentials, idempotency_key="k")

    assert result.output["sent"] is True
    (exchange,) = result.exchanges
    assert "secret-123456" not in json.dumps(exchange.request)
    assert exchange.request["body"] == '{"text":"Hej *du*"}'


async def test_message_without_a_connection_is_not_sent(outside: tuple[Caller, str]) -> None:
    caller, _ = outside

    with pytest.raises(OperationFailed, match="No connection"):
        await caller.execute(REGISTRY.operation("slack.messages.send"), {"text": "Hi"}, None, idempotency_key="k")


async def test_page_that_is_no_feed_is_named_so(outside: tuple[Caller, str]) -> None:
    caller, url = outside

    with pytest.raises(OperationFailed) as raised:
        await caller.poll(REGISTRY.operation("rss.feeds.new_entry"), {"url": f"{url}/feed"}, None)

    assert raised.value.failure.kind is FailureKind.CONFIG


async def test_feed_in_a_private_network_is_not_read() -> None:
    http = open_client()
    caller = Caller(REGISTRY, http, lambda: NOW)

    with pytest.raises(OperationFailed, match="private network"):
        await caller.poll(REGISTRY.operation("rss.feeds.new_entry"), {"url": "http://127.0.0.1:9/feed"}, None)
    await http.aclose()
