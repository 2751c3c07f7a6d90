"""How the schemas of a description become those of operations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.openapi.descriptions import get, made, notes, only, post


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


@pytest.mark.parametrize("variants", ["oneOf", "anyOf"])
def test_what_every_variant_takes_from_the_same_base_stays_required(variants: str) -> None:
    base = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    kinds = {
        kind: {
            "allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"type": "object", "properties": {kind: {"type": "string"}}},
            ]
        }
        for kind in ("Cat", "Dog")
    }
    schema = {variants: [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
    operation = only(made({"/pets": {"post": post(schema)}}, **components(Base=base, **kinds)))

    assert sorted(operation["input_schema"]["properties"]) == ["Cat", "Dog", "name"]
    assert operation["input_schema"]["required"] == ["name"]


@pytest.mark.parametrize(
    "size",
    [
        {"type": "string", "nullable": True, "enum": ["a", None]},
        {"type": ["string", "null"], "enum": ["a", None]},
        {"enum": ["a", None]},
    ],
)
def test_choice_that_may_be_nothing_keeps_its_values(size: dict[str, Any]) -> None:
    body = {"type": "object", "properties": {"size": size}}
    operation = only(made({"/p": {"post": post(body)}}))

    assert operation["input_schema"]["properties"]["size"]["enum"] == ["a"]


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
