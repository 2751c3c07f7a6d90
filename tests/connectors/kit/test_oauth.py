"""OAuth 2 as manifests describe it: what goes to the browser and to the service, and what its answers mean."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors._kit.check import check
from connectors._kit.errors import OperationFailed
from connectors._kit.model import AuthKind, Connector
from connectors._kit.oauth import OAuth, Token, authorize_url, needs_account, token_url, values_of
from tests.support.connector_folder import action, registry_of, write_folder
from tests.support.service import NOW, Service

AUTH: dict[str, Any] = {
    "key": "oauth",
    "kind": "oauth2",
    "authorize_url": "https://shop.example/authorize?brand=1",
    "token_url": "/token",
    "scopes": ["orders.read", "orders.write"],
    "options": {
        "authorize": {"prompt": "consent"},
        "token": {"type": "{{ token.type if token.type is defined else 'One' }}"},
    },
    "values": {"region": "{{ token.region }}"},
    "accounts": {
        "when": "{{ token.type == 'All' }}",
        "request": {"method": "GET", "path": "/accounts", "query": {"of": "{{ token.company }}"}},
        "items": "{{ response.accounts }}",
        "value": "{{ item.id }}",
        "label": "{{ item.name }}",
        "approved": "{{ token.approved }}",
        "exchange": {"method": "POST", "path": "/narrow", "encoding": "form", "body": {"id": "{{ account }}"}},
    },
    "fields": {
        "type": "object",
        "properties": {
            "client_id": {"type": "string", "title": "Client ID"},
            "client_secret": {"type": "string", "title": "Client secret", "x-secret": True},
        },
    },
}
VALUES = {"client_id": "app-1", "client_secret": "hush-hush", "access_token": "a-1", "refresh_token": "refresh-1"}
TOKEN = {"access_token": "a-2", "refresh_token": "r-2", "expires_in": 3600, "scope": "orders.read x", "region": "eu"}


def shop(tmp_path: Path, **changes: Any) -> tuple[Connector, AuthKind]:
    registry = registry_of(tmp_path, {"orders/create": action()}, manifest={"auth": [{**AUTH, **changes}]})
    connector = registry.connector("shop")
    return connector, connector.auth[0]


def form(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


async def refresh(tmp_path: Path, *answers: Any, facts: Mapping[str, Any] | None = None, **changes: Any) -> Token:
    connector, auth = shop(tmp_path, **changes)
    async with httpx.AsyncClient(transport=Service(*answers)) as http:
        return await OAuth(http, lambda: NOW).refresh(connector, auth, VALUES, facts or {})


def test_sign_in_address_carries_all_that_the_service_needs(tmp_path: Path) -> None:
    _, auth = shop(tmp_path)

    url = authorize_url(
        auth, VALUES, redirect_uri="https://me.example/cb", state="s-1", verifier="", scopes=("orders.read", "b")
    )

    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://shop.example/authorize"
    assert {name: values[0] for name, values in parse_qs(parts.query).items()} == {
        "brand": "1",
        "response_type": "code",
        "client_id": "app-1",
        "redirect_uri": "https://me.example/cb",
        "scope": "orders.read b",
        "state": "s-1",
        "prompt": "consent",
    }
    assert "hush" not in url


def test_pkce_sends_only_the_hash_of_the_verifier(tmp_path: Path) -> None:
    _, auth = shop(tmp_path)
    verifier = "v" * 48

    url = authorize_url(auth, VALUES, redirect_uri="https://me/cb", state="s", verifier=verifier, scopes=())

    query = parse_qs(urlsplit(url).query)
    digest = hashlib.sha256(verifier.encode()).digest()
    assert query["code_challenge"] == [base64.urlsafe_b64encode(digest).rstrip(b"=").decode()]
    assert query["code_challenge_method"] == ["S256"]
    assert verifier not in url
    assert "scope" not in query


def test_a_connection_may_name_another_sign_in_page_and_api_address(tmp_path: Path) -> None:
    connector, auth = shop(tmp_path)
    values = {**VALUES, "authorize_url": "https://white.example/in", "base_url": "http://127.0.0.1:1/shop/"}

    url = authorize_url(auth, values, redirect_uri="https://me/cb", state="s", verifier="", scopes=())

    assert url.startswith("https://white.example/in?")
    assert token_url(connector, auth, values) == "http://127.0.0.1:1/shop/token"
    assert token_url(connector, auth, VALUES) == "https://api.shop.example/v1/token"


async def test_code_is_exchanged_with_verifier_and_the_manifests_parameters(tmp_path: Path) -> None:
    connector, auth = shop(tmp_path)
    service = Service(httpx.Response(200, json=TOKEN))
    async with httpx.AsyncClient(transport=service) as http:
        token = await OAuth(http, lambda: NOW).exchange(
            connector, auth, VALUES, code="c-1", redirect_uri="https://me/cb", verifier="v-1"
        )

    assert str(service.request.url) == "https://api.shop.example/v1/token"
    assert form(service.request) == {
        "grant_type": "authorization_code",
        "code": "c-1",
        "redirect_uri": "https://me/cb",
        "code_verifier": "v-1",
        "type": "One",
        "client_id": "app-1",
        "client_secret": "hush-hush",
    }
    assert token == Token("a-2", "r-2", 3600.0, ("orders.read", "x"), token.facts)
    assert "a-2" not in repr(token) and "r-2" not in str(token.facts)
    assert values_of(auth, token.facts) == {"region": "eu"}


async def test_client_may_log_in_by_header(tmp_path: Path) -> None:
    connector, auth = shop(tmp_path, client_auth="basic")
    service = Service(httpx.Response(200, json=TOKEN))
    async with httpx.AsyncClient(transport=service) as http:
        await OAuth(http, lambda: NOW).refresh(connector, auth, VALUES, {"type": "All"})

    assert service.request.headers["authorization"] == "Basic " + base64.b64encode(b"app-1:hush-hush").decode()
    assert form(service.request) == {"grant_type": "refresh_token", "refresh_token": "refresh-1", "type": "All"}


async def test_refresh_token_stays_when_the_answer_has_no_new_one(tmp_path: Path) -> None:
    token = await refresh(tmp_path, httpx.Response(200, json={"access_token": "a-9"}))

    assert token == Token("a-9", "refresh-1", None, None, {})


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, {"error": "invalid_grant", "error_description": "Token was used."}, "auth", "Token was used."),
        (401, {"error": "invalid_client"}, "auth", "invalid_client"),
        (422, {"message": "refresh_token must be a string"}, "auth", "must be a string"),
        (200, {"error": "invalid_grant"}, "auth", "invalid_grant"),
        (429, {}, "rate_limited", "too many"),
        (503, {}, "transient", "problem at the moment"),
        (400, {"error": "temporarily_unavailable"}, "transient", "problem"),
        (200, {"ok": True}, "config", "without a token"),
    ],
)
async def test_refusals_tell_for_good_from_for_now(
    tmp_path: Path, status: int, body: dict[str, Any], kind: str, words: str
) -> None:
    with pytest.raises(OperationFailed) as refused:
        await refresh(tmp_path, httpx.Response(status, json=body))

    assert refused.value.failure.kind == kind
    assert words in refused.value.failure.message


async def test_no_answer_is_for_now_and_names_no_secret(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed) as refused:
        await refresh(tmp_path, httpx.ConnectError("cannot reach refresh-1"))

    assert refused.value.failure.kind == "transient"
    assert "refresh-1" not in refused.value.failure.detail


async def test_accounts_are_listed_and_one_is_exchanged(tmp_path: Path) -> None:
    connector, auth = shop(tmp_path)
    service = Service(
        httpx.Response(200, json={"accounts": [{"id": 7, "name": "North"}]}),
        httpx.Response(200, json={"access_token": "a-7", "region": "n"}),
    )
    facts = {"type": "All", "company": "co"}
    async with httpx.AsyncClient(transport=service) as http:
        oauth = OAuth(http, lambda: NOW)
        accounts = await oauth.accounts(connector, auth, VALUES, facts)
        token = await oauth.account_token(connector, auth, VALUES, facts, "7")

    assert accounts == [{"value": "7", "label": "North"}]
    listing, narrowing = service.requests
    assert (str(listing.url), listing.headers["authorization"]) == (
        "https://api.shop.example/v1/accounts?of=co",
        "Bearer a-1",
    )
    assert form(narrowing) == {"id": "7"}
    assert (token.access_token, token.refresh_token) == ("a-7", "")


async def test_approved_accounts_stand_in_when_they_cannot_be_listed(tmp_path: Path) -> None:
    connector, auth = shop(tmp_path)
    async with httpx.AsyncClient(transport=Service(httpx.Response(401, json={}))) as http:
        oauth = OAuth(http, lambda: NOW)
        accounts = await oauth.accounts(connector, auth, VALUES, {"company": "co", "approved": ["a", "b"]})
        with pytest.raises(OperationFailed):
            await oauth.accounts(connector, auth, VALUES, {"company": "co"})

    assert [account["value"] for account in accounts] == ["a", "b"]


def test_only_a_token_for_many_needs_an_account(tmp_path: Path) -> None:
    _, auth = shop(tmp_path)

    assert needs_account(auth, {"type": "All"})
    assert not needs_account(auth, {"type": "One"})
    assert not needs_account(auth, {})


def test_check_names_what_an_oauth_log_in_lacks(tmp_path: Path) -> None:
    wrong = {
        **AUTH,
        "fields": {"type": "object", "properties": {"client_id": {"type": "string", "title": "Client ID"}}},
        "values": {"shop": "{{ token.shop }}"},
        "accounts": {**AUTH["accounts"], "exchange": {"method": "POST", "path": "/x", "body": {"id": "{{ item.id }}"}}},
    }

    folder = write_folder(tmp_path, {"orders/create": action()}, manifest={"auth": [wrong]})

    assert [(problem.pointer, problem.message) for problem in check([folder])] == [
        (
            "/auth/0/accounts/exchange/body/id",
            "“item” does not exist here. Known are: account, connection, token.",
        ),
        ("/auth/0/fields/properties", "Logging in this way needs the field “client_secret”."),
        ("/auth/0/values/shop", "“shop” is not a field of the connection."),
    ]
