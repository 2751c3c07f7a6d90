"""The HTTP request connector, where examples cannot show it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors._kit.caller import Caller
from connectors._kit.context import Credentials
from connectors._kit.egress import open_client
from connectors._kit.errors import InputInvalid, OperationFailed
from connectors._kit.redact import is_log_in
from connectors._kit.registry import Registry
from tests.support.service import NOW, Service, caller_for

REGISTRY = Registry.load()
BEARER = Credentials("c1", "http_request", "bearer", {"token": "secret-token"})


async def call(key: str, service: Service, credentials: Credentials | None = None, **input: Any) -> Any:
    async with caller_for(REGISTRY, service) as caller:
        operation = REGISTRY.operation(f"http_request.requests.{key}")
        return await caller.execute(operation, input, credentials, idempotency_key="k")


@pytest.mark.parametrize(
    ("key", "effect"),
    [
        ("get", "read"),
        ("put", "idempotent_write"),
        ("delete", "idempotent_write"),
        ("post", "write"),
        ("patch", "write"),
        ("custom", "write"),
    ],
)
def test_method_decides_whether_it_may_be_repeated(key: str, effect: str) -> None:
    assert REGISTRY.operation(f"http_request.requests.{key}").effect == effect


async def test_login_is_not_sent_on_to_another_server() -> None:
    moved = httpx.Response(302, headers={"Location": "https://other.example/x", "X-Y": "1"})
    service = Service(moved, httpx.Response(200, text="here"))

    result = await call("get", service, BEARER, url="https://api.example.com/a?key=1", headers={"X-Own": "mine"})

    first, second = service.requests
    assert first.headers["Authorization"] == "Bearer secret-token"
    assert "Authorization" not in second.headers
    assert "X-Own" not in second.headers
    assert str(second.url) == "https://other.example/x"
    assert result.output["body"] == "here"
    assert len(result.exchanges) == 2


async def test_login_goes_along_within_one_server() -> None:
    service = Service(httpx.Response(301, headers={"Location": "/b"}), httpx.Response(200))

    await call("get", service, BEARER, url="https://api.example.com/a")

    assert str(service.requests[1].url) == "https://api.example.com/b"
    assert service.requests[1].headers["Authorization"] == "Bearer secret-token"


async def test_endless_redirects_end() -> None:
    service = Service(httpx.Response(302, headers={"Location": "/again"}))

    with pytest.raises(OperationFailed) as caught:
        await call("get", service, url="https://api.example.com/")

    assert caught.value.failure.kind == "config"
    assert len(service.requests) == 6


async def test_redirect_of_a_write_is_shown_and_not_followed() -> None:
    service = Service(httpx.Response(307, headers={"Location": "https://other.example/"}))

    with pytest.raises(OperationFailed) as caught:
        await call("post", service, url="https://api.example.com/", body={"a": 1})

    assert caught.value.failure.kind == "config"
    assert len(service.requests) == 1


async def test_form_that_answers_with_see_other_is_read_there() -> None:
    service = Service(httpx.Response(303, headers={"Location": "/done"}), httpx.Response(200, text="thanks"))

    result = await call("post", service, url="https://example.com/form", body={"a": 1})

    assert [request.method for request in service.requests] == ["POST", "GET"]
    assert service.requests[1].content == b""
    assert result.output["body"] == "thanks"


@pytest.mark.parametrize("url", ["ftp://example.com/x", "javascript:alert(1)", "file:///etc/passwd"])
async def test_only_web_addresses_are_called(url: str) -> None:
    service = Service()

    with pytest.raises((OperationFailed, InputInvalid)):
        await call("get", service, url=url)

    assert service.requests == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:5432/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/"])
async def test_internal_address_is_refused_with_a_remedy(url: str) -> None:
    async with open_client() as http:
        caller = Caller(REGISTRY, http, lambda: NOW)
        with pytest.raises(OperationFailed, match="private network") as caught:
            await caller.execute(
                REGISTRY.operation("http_request.requests.get"), {"url": url}, None, idempotency_key="k"
            )

    assert caught.value.failure.kind == "config"
    assert "allowed addresses" in caught.value.failure.remedy


async def test_failure_speaks_of_the_server_that_was_called() -> None:
    with pytest.raises(OperationFailed, match=r"api\.example\.com could not be reached"):
        await call("post", Service(httpx.ConnectError("refused")), url="https://api.example.com/")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "api.example.com asks for a log-in. api.example.com says: Who are you?"),
        (403, "api.example.com does not permit this without a log-in. api.example.com says: Who are you?"),
    ],
)
async def test_refusal_of_a_request_without_connection_says_to_add_one(status: int, message: str) -> None:
    service = Service(httpx.Response(status, json={"message": "Who are you?"}))

    with pytest.raises(OperationFailed) as caught:
        await call("get", service, url="https://api.example.com/")

    failure = caught.value.failure
    assert (failure.kind, failure.message) == ("config", message)
    assert failure.remedy == "Choose or add a connection in this step, publish, then run it again."


async def test_refused_log_in_of_a_connection_is_told_as_that() -> None:
    with pytest.raises(OperationFailed, match="does not accept the log-in of this connection") as caught:
        await call("get", Service(httpx.Response(401)), BEARER, url="https://api.example.com/")

    assert caught.value.failure.kind == "auth"


async def test_header_given_twice_in_other_capitals_is_sent_once() -> None:
    service = Service()

    await call("post", service, url="https://a.example/", body="{}", headers={"content-type": "application/vnd.x+json"})

    assert service.request.headers.get_list("Content-Type") == ["application/vnd.x+json"]


@pytest.mark.parametrize(
    "name",
    [
        *("authorization", "Proxy-Authorization", "cookie", "set-cookie", "X-API-Key", "api-key", "apikey"),
        *("x-auth-token", "Private-Token", "X-Shopify-Access-Token", "X-Secret", "X-Client-Secret"),
    ],
)
async def test_log_in_in_a_header_is_refused_for_each_method(name: str) -> None:
    service = Service()
    assert is_log_in(name)

    for key in ("get", "put", "delete", "post", "patch"):
        with pytest.raises(InputInvalid, match="Choose or add a connection"):
            await call(key, service, url="https://api.example.com/", headers={"X-Own": "1", name: "abc"})
    with pytest.raises(InputInvalid, match="stored encrypted"):
        await call("custom", service, method="REPORT", url="https://api.example.com/", headers={name: "abc"})

    assert service.requests == []


@pytest.mark.parametrize("name", ["Idempotency-Key", "X-Tokens-Left", "Accept", "X-Keyboard"])
def test_other_headers_are_no_log_ins(name: str) -> None:
    assert not is_log_in(name)
