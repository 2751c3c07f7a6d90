"""What becomes of the parts of a description."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from connectors._kit.openapi import Imported, NotADescription, import_openapi, problems_of, suggested_key

Raw = Mapping[str, Any]


def description(paths: Raw | None = None, **more: Any) -> dict[str, Any]:
    head = {"openapi": "3.0.3", "info": {"title": "Acme Shop API", "version": "1"}}
    return {**head, "servers": [{"url": "https://api.acme.example/v1"}], "paths": paths or {}, **more}


def made(paths: Raw | None = None, **more: Any) -> Imported:
    """The connector of a description; it must be sound."""
    imported = import_openapi(json.dumps(description(paths, **more)), "acme")
    assert problems_of("acme", imported.files) == []
    return imported


def only(imported: Imported) -> Raw:
    (operation,) = imported.operations.values()
    return operation


def get(parameters: list[Raw] | None = None, schema: Raw | None = None, **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema or {"type": "object", "properties": {"id": {"type": "string"}}}}}
    return {"parameters": parameters or [], "responses": {"200": {"description": "ok", "content": content}}, **more}


def query(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"in": "query", "name": name, "schema": {"type": kind}, **more}


def post(schema: Raw, media_type: str = "application/json", **more: Any) -> dict[str, Any]:
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    return {"requestBody": body, "responses": {"204": {"description": "done"}}, **more}


def notes(imported: Imported, weight: str) -> list[str]:
    return [note.message for note in imported.notes if note.weight == weight]


# --- the file


def test_yaml_is_read_like_json_and_its_words_stay_texts() -> None:
    imported = import_openapi(
        "openapi: 3.1.0\n"
        "info: {title: Countries, version: 2026-01-02}\n"
        "servers: [{url: https://c.example}]\n"
        "paths:\n  /countries:\n    get:\n      parameters:\n"
        "        - {in: query, name: code, schema: {type: string, enum: [no, de]}}\n"
        "      responses: {'200': {description: ok}}\n",
        "countries",
    )

    assert only(imported)["input_schema"]["properties"]["code"]["enum"] == ["no", "de"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "not valid JSON"),
        ("a: [", "neither valid JSON nor valid YAML"),
        ("[1]", "no OpenAPI description"),
        ('{"swagger": "2.0"}', "Swagger 2.0"),
        ('{"openapi": "4.0.0", "paths": {}}', "OpenAPI 4.0.0"),
        ('{"info": {}}', "no version of OpenAPI"),
        ('{"openapi": "3.0.0"}', "neither paths nor webhooks"),
    ],
)
def test_file_that_is_no_description_is_refused_with_the_reason(content: str, says: str) -> None:
    with pytest.raises(NotADescription, match=says):
        import_openapi(content, "acme")


def test_key_and_name_are_suggested_by_the_title() -> None:
    assert suggested_key(json.dumps(description({}))) == ("acme_shop", "Acme Shop API")


# --- names


def test_titles_and_groups_are_plain_words() -> None:
    imported = made(
        {
            "/v2/sales-orders": {"get": get(operationId="SalesOrderController_findAll"), "post": get()},
            "/v2/sales-orders/{id}": {"get": get(tags=["Orders"], summary="Retrieve one order."), "delete": get()},
        }
    )

    titles = {f"{resource}.{key}": raw["title"] for (resource, key), raw in imported.operations.items()}
    assert titles["orders.retrieve_one"] == "Retrieve one order"
    assert "Delete a sales order" in titles.values()
    assert "Create a sales order" in titles.values()
    assert imported.manifest["resources"]["orders"]["title"] == "Orders"


def test_equal_titles_in_a_group_are_told_apart() -> None:
    same: Raw = {"summary": "Get the settings", "tags": ["Shop"]}
    imported = made({"/a/settings": {"get": get(**same)}, "/b/settings": {"get": get(**same)}})

    titles = [raw["title"] for raw in imported.operations.values()]
    assert titles == ["Get the settings", "Get the settings (b settings)"]


# --- requests


def test_parameters_and_body_become_one_set_of_fields() -> None:
    body = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "id": {"type": "string"}},
    }
    operation = only(
        made(
            {"/orders/{id}/notes": {"parameters": [{"in": "path", "name": "id", "required": True}], "post": post(body)}}
        )
    )

    assert list(operation["input_schema"]["properties"]) == ["id", "name", "body_id"]
    assert operation["input_schema"]["required"] == ["id", "name"]
    assert operation["request"]["path"] == "/orders/{id}/notes"
    assert operation["request"]["body"] == {"name": "{{ input['name'] }}", "id": "{{ input['body_id'] }}"}


def test_method_decides_kind_and_whether_repeating_is_safe() -> None:
    imported = made({"/orders/{id}": {"get": get(), "put": get(), "post": get(), "delete": get(), "patch": get()}})

    found = {raw["request"]["method"]: (raw["kind"], raw.get("idempotent")) for raw in imported.operations.values()}
    assert found == {
        "GET": ("search", None),
        "PUT": ("action", True),
        "DELETE": ("action", True),
        "POST": ("action", False),
        "PATCH": ("action", False),
    }


def test_lists_in_the_query_are_written_as_the_description_says() -> None:
    several = {"type": "array", "items": {"type": "string"}}
    operation = only(
        made(
            {
                "/orders": {
                    "get": get(
                        [
                            {**query("tags"), "schema": several},
                            {**query("ids"), "schema": several, "explode": False},
                            {
                                **query("filter", style="deepObject"),
                                "schema": {"type": "object", "properties": {"state": {"type": "string"}}},
                            },
                        ]
                    )
                }
            }
        )
    )

    assert operation["request"]["query"] == {
        "tags": "{{ input['tags'] }}",
        "ids": "{{ input['ids'] | join(',') }}",
        "filter[state]": "{{ input['filter_state'] }}",
    }


def test_form_bodies_are_sent_as_forms_with_fields_inside_fields() -> None:
    schema = {"type": "object", "properties": {"amount": {"type": "integer"}}}
    operation = only(made({"/charges": {"post": post(schema, "application/x-www-form-urlencoded")}}))

    assert operation["request"]["encoding"] == "nested_form"


def test_form_with_files_asks_for_name_and_content_of_each() -> None:
    binary = {"type": "string", "format": "binary", "description": "The picture."}
    schema = {
        "type": "object",
        "required": ["photo"],
        "properties": {"title": {"type": "string"}, "photo": binary, "more": {"type": "array", "items": binary}},
    }
    operation = only(made({"/photos": {"post": post(schema, "multipart/form-data")}}))

    assert operation["request"]["encoding"] == "multipart"
    fields = operation["input_schema"]["properties"]
    assert fields["title"]["type"] == "string"
    assert fields["photo"]["required"] == ["name", "content"]
    assert fields["photo"]["description"] == "The picture."
    assert fields["more"]["items"]["required"] == ["name", "content"]
    assert operation["input_schema"]["required"] == ["photo"]


def test_form_whose_fields_are_not_described_takes_any() -> None:
    operation = only(made({"/files": {"post": post({"type": "object"}, "multipart/form-data")}}))

    assert operation["request"]["encoding"] == "multipart"
    assert operation["input_schema"]["properties"]["body"]["type"] == "object"


def test_body_of_a_kind_that_cannot_be_sent_is_left_out_and_named() -> None:
    imported = made({"/files": {"post": post({"type": "string"}, "image/png"), "get": get()}})

    assert len(imported.operations) == 1
    (note,) = [note for note in imported.notes if note.weight == "left_out"]
    assert note.pointer == "/paths/~1files/post"
    assert "image/png" in note.message


def test_header_with_one_value_is_sent_without_asking() -> None:
    version = {
        "in": "header",
        "name": "Version",
        "required": True,
        "schema": {"type": "string", "enum": ["2021-07-28"]},
    }
    operation = only(made({"/me": {"get": get([version, {"in": "header", "name": "X-Trace", "schema": {}}])}}))

    assert operation["request"]["headers"] == {"Version": "2021-07-28", "X-Trace": "{{ input['X-Trace'] }}"}
    assert operation["input_schema"]["properties"]["X-Trace"]["x-advanced"] is True


# --- schemas


def components(**schemas: Any) -> dict[str, Any]:
    return {"components": {"schemas": schemas}}


def test_schema_that_contains_itself_is_cut_where_it_begins_again() -> None:
    node = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    }
    operation = only(
        made({"/tree": {"get": get(schema={"$ref": "#/components/schemas/Node"})}}, **components(Node=node))
    )

    assert operation["output_schema"]["properties"]["children"] == {"type": "array", "items": {"type": "object"}}


def test_all_of_is_put_together_and_one_of_objects_united() -> None:
    base = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    card = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": ["card"]}, "number": {"type": "string"}},
    }
    bank = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": ["bank"]}, "iban": {"type": "string"}},
    }
    schema = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"oneOf": [card, bank]}]}
    operation = only(made({"/pay": {"post": post(schema)}}, **components(Base=base)))

    fields = operation["input_schema"]["properties"]
    assert sorted(fields) == ["iban", "id", "kind", "number"]
    assert fields["kind"]["enum"] == ["card", "bank"]
    assert sorted(operation["input_schema"]["required"]) == ["id", "kind"]


def test_words_of_3_0_become_those_of_2020_12() -> None:
    price = {"type": "number", "minimum": 0, "exclusiveMinimum": True, "nullable": True}
    operation = only(made({"/p": {"get": get(schema={"type": "object", "properties": {"price": price}})}}))

    found = operation["output_schema"]["properties"]["price"]
    assert found["type"] == ["number", "null"]
    assert found["exclusiveMinimum"] == 0


def test_fields_that_only_the_service_writes_are_not_asked_for() -> None:
    schema = {
        "type": "object",
        "properties": {"id": {"type": "string", "readOnly": True}, "pin": {"type": "string", "writeOnly": True}},
    }
    operation = only(made({"/c": {"post": {**post(schema), **get(schema=schema)}}}))

    assert list(operation["input_schema"]["properties"]) == ["pin"]
    assert list(operation["output_schema"]["properties"]) == ["id"]


def test_reference_that_leads_nowhere_is_named() -> None:
    imported = made({"/x": {"get": get(schema={"$ref": "other.json#/Thing"})}})

    assert notes(imported, "left_out") == ["The reference “other.json#/Thing” leads nowhere in this file."]


def test_examples_of_the_description_are_used_where_they_fit() -> None:
    content = {
        "application/json": {
            "schema": {"type": "object", "properties": {"id": {"type": "integer"}}},
            "example": {"id": 42},
        }
    }
    operation = only(made({"/x": {"get": {"responses": {"200": {"description": "ok", "content": content}}}}}))

    assert operation["sample"] == {"id": 42}


# --- servers and log-in


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


# --- pages

ROWS = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}


def listing(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"data": ROWS, **fields}}


@pytest.mark.parametrize(
    ("parameters", "schema", "paging"),
    [
        (
            [query("page", "integer"), query("per_page", "integer")],
            listing(),
            {"kind": "page", "page": "query.page", "first": 1, "size": "query.per_page", "page_size": 20},
        ),
        (
            [query("offset", "integer"), {**query("limit"), "schema": {"type": "integer", "maximum": 50}}],
            listing(),
            {"kind": "offset", "offset": "query.offset", "size": "query.limit", "page_size": 50},
        ),
        (
            [query("pageToken")],
            listing(nextPageToken={"type": "string"}),
            {"kind": "cursor", "next": {"query.pageToken": "{{ response['nextPageToken'] }}"}},
        ),
        (
            [query("cursor")],
            listing(meta={"type": "object", "properties": {"next_cursor": {"type": "string"}}}),
            {"kind": "cursor", "next": {"query.cursor": "{{ response['meta']['next_cursor'] }}"}},
        ),
        (
            [query("page", "integer")],
            listing(next={"type": "string", "format": "uri"}),
            {"kind": "link", "next": "{{ response['next'] }}"},
        ),
    ],
)
def test_pages_are_guessed_and_the_guess_is_marked(parameters: list[Raw], schema: Raw, paging: Raw) -> None:
    imported = made({"/orders": {"get": get(parameters, schema)}})
    operation = only(imported)

    rows = {"items": "{{ response['data'] }}", "max_items": "{{ input.max_items | default(100) }}"}
    assert operation["paging"] == {**paging, **rows}
    assert operation["output"] == {"items": "{{ items }}"}
    assert list(operation["input_schema"]["properties"]) == ["max_items"]
    assert operation["certainty"].startswith("guessed")
    assert any(message.startswith("Its pages are read by") for message in notes(imported, "guessed"))


def test_list_without_pages_is_one_answer() -> None:
    operation = only(made({"/orders": {"get": get([query("state")], ROWS)}}))

    assert "paging" not in operation
    assert operation["output"] == {"items": "{{ response }}"}
    assert operation["found"] == "{{ output.items }}"


# --- events


def event(name: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"event": {"const": name}, "id": {"type": "string"}}}
    return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}}}


def test_webhooks_that_say_what_they_are_arrive_at_the_connection() -> None:
    webhooks = {"orderCreated": event("order.created"), "orderPaid": event("order.paid")}
    imported = made({}, openapi="3.1.0", webhooks=webhooks)

    assert imported.manifest["webhook"] == {"verify": {"kind": "none"}, "event": "{{ payload.event }}"}
    assert [raw["trigger"] for raw in imported.operations.values()] == [
        {"mode": "webhook", "event": "order.created"},
        {"mode": "webhook", "event": "order.paid"},
    ]


def test_without_a_named_header_the_report_says_that_nothing_is_proved() -> None:
    imported = made({}, openapi="3.1.0", webhooks={"paid": event("order.paid")})

    assert any("not described" in message and "secret" in message for message in notes(imported, "guessed"))


def test_named_header_makes_the_connection_ask_for_the_secret() -> None:
    document = {"openapi": "3.1.0", "info": {"title": "Acme"}, "webhooks": {"paid": event("order.paid")}}

    manifest = import_openapi(json.dumps(document), "acme", signature_header="X-Signature").manifest

    assert manifest["webhook"]["verify"]["header"] == "X-Signature"
    assert manifest["webhook"]["verify"]["key"] == "{{ connection.webhook_secret }}"
    assert manifest["connection"]["properties"]["webhook_secret"]["x-secret"] is True


def test_webhooks_that_do_not_have_an_address_each() -> None:
    silent = {
        "post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, "responses": {}}
    }
    imported = made({}, openapi="3.1.0", webhooks={"changed": silent, "removed": silent})

    assert "webhook" not in imported.manifest
    assert [raw["trigger"]["mode"] for raw in imported.operations.values()] == ["catch", "catch"]
    assert any("address of its own" in message for message in notes(imported, "guessed"))


def test_callbacks_are_triggers_with_an_address_of_their_own() -> None:
    callbacks = {"onDone": {"{$request.body#/callbackUrl}": event("done")}}
    imported = made({"/jobs": {"post": {**post({"type": "object"}), "callbacks": callbacks}}})

    assert imported.counts == {"action": 1, "trigger": 1}
    assert imported.operations["callbacks", "on_done"]["trigger"] == {"mode": "catch"}
