"""Where requests of an imported connector go, and how they log in."""

from __future__ import annotations

from tests.connectors.openapi.descriptions import Raw, get, made, notes, only


def test_server_variables_are_asked_for_in_the_connection() -> None:
    server = {
        "url": "https://{region}.acme.example/{version}",
        "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}, "version": {"default": "v1/x"}},
    }
    manifest = made({"/me": {"get": get()}}, servers=[server]).manifest

    assert manifest["base_urls"] == {"default": "https://{connection.region}.acme.example/v1/x"}
    assert manifest["connection"]["properties"]["region"]["enum"] == ["eu", "us"]
    assert manifest["connection"]["required"] == ["region"]


def test_description_without_a_server_asks_for_its_address() -> None:
    imported = made({"/me": {"get": get()}}, servers=[{"url": "/api/v3"}])

    assert imported.manifest["connection"]["required"] == ["base_url"]
    assert (
        imported.manifest["connection"]["properties"]["base_url"]["x-placeholder"] == "https://api.example.com/api/v3"
    )
    assert any("on which server" in message for message in notes(imported, "changed"))


def test_server_of_one_path_becomes_a_base_of_its_own() -> None:
    item = {"servers": [{"url": "https://uploads.acme.example"}], "get": get()}
    imported = made({"/files": item})

    assert only(imported)["request"]["base"] == "uploads"
    assert imported.manifest["base_urls"]["uploads"] == "https://uploads.acme.example"


def test_every_usual_way_to_log_in_is_carried_over() -> None:
    flows = {
        "authorizationCode": {
            "authorizationUrl": "https://acme.example/oauth",
            "tokenUrl": "/token",
            "scopes": {"orders.read": "Read"},
        }
    }
    schemes = {
        "bearerAuth": {"type": "http", "scheme": "bearer"},
        "basicAuth": {"type": "http", "scheme": "basic"},
        "shop_key": {"type": "apiKey", "in": "query", "name": "key"},
        "oauth": {"type": "oauth2", "flows": flows},
        "mtls": {"type": "mutualTLS"},
    }
    operation = get(security=[{"oauth": ["orders.read"]}])
    imported = made({"/me": {"get": operation}}, components={"securitySchemes": schemes})

    auth = {kind["key"]: kind for kind in imported.manifest["auth"]}
    assert {key: kind["kind"] for key, kind in auth.items()} == {
        "bearer_auth": "bearer",
        "basic_auth": "basic",
        "shop_key": "api_key",
        "oauth": "oauth2",
    }
    assert (auth["shop_key"]["query"], auth["shop_key"]["title"]) == ("key", "Shop key")
    assert auth["oauth"]["token_url"] == "https://api.acme.example/token"
    assert only(imported)["scopes"] == ["orders.read"]
    assert "Logging in by “mutualTLS” is not possible." in notes(imported, "left_out")


def test_second_key_that_always_comes_along_is_a_header_of_every_request() -> None:
    schemes = {
        "token": {"type": "http", "scheme": "bearer"},
        "app_id": {"type": "apiKey", "in": "header", "name": "X-App"},
    }
    security: list[Raw] = [{"token": [], "app_id": []}]
    manifest = made({"/me": {"get": get()}}, components={"securitySchemes": schemes}, security=security).manifest

    assert [kind["key"] for kind in manifest["auth"]] == ["token"]
    assert manifest["headers"]["X-App"] == "{{ connection.app_id }}"
    assert manifest["connection"]["properties"]["app_id"]["x-secret"] is True


def test_connection_is_tested_by_asking_who_is_there() -> None:
    manifest = made({"/orders": {"get": get()}, "/me": {"get": get()}}).manifest

    assert manifest["test"]["request"] == {"method": "GET", "path": "/me"}
