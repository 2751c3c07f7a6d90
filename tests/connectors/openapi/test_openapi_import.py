"""How a description is read: files, titles, fields and requests."""

from __future__ import annotations

import json

import pytest

from connectors._kit.openapi import NotADescription, import_openapi, suggested_key
from tests.connectors.openapi.descriptions import Raw, description, get, made, only, post, query


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
