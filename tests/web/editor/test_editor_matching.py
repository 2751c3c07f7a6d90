"""Which data belongs into which field."""

from __future__ import annotations

from typing import Any

import pytest

from web.editor.matching import Datum, suggest, suggest_custom


def text(*path: str, expression: str = "", optional: bool = False) -> Datum:
    return Datum(expression or ".".join(("trigger", *path)), path, "text", optional)


def schema(required: tuple[str, ...] = (), **fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(required)}


STRING = {"type": "string"}


@pytest.mark.parametrize(
    ("field", "datum"),
    [
        ("email", "emailAddress"),
        ("first_name", "firstName"),
        ("last_name", "surname"),
        ("phone", "mobile"),
        ("zip", "postalCode"),
        ("organization", "companyName"),
        ("businessId", "business_id"),
        ("timezone", "tz"),
    ],
)
def test_fields_that_mean_the_same_are_matched(field: str, datum: str) -> None:
    found = suggest(schema((field,), **{field: STRING}), [text(datum)], {})
    assert found == {field: f"{{{{ trigger.{datum} }}}}"}


def test_required_field_says_when_it_is_missing_optional_one_takes_nothing() -> None:
    found = suggest(schema(("email",), email=STRING, phone=STRING), [text("email"), text("phone")], {})
    assert found == {"email": "{{ trigger.email }}", "phone": "{{ trigger.phone | default('') }}"}


def test_data_of_a_path_that_may_not_be_taken_is_optional_even_in_a_required_field() -> None:
    found = suggest(schema(("email",), email=STRING), [text("email", optional=True)], {})
    assert found == {"email": "{{ trigger.email | default('') }}"}


def test_filled_fields_stay_as_they_are() -> None:
    assert suggest(schema(email=STRING), [text("email")], {"email": "fixed@example.com"}) == {}


def test_same_name_beats_same_meaning_and_near_beats_deep() -> None:
    data = [text("contact", "emailAddress"), text("person", "email"), text("email")]
    assert suggest(schema(("email",), email=STRING), data, {}) == {"email": "{{ trigger.email }}"}


def test_id_of_a_group_fits_the_field_named_after_both() -> None:
    found = suggest(schema(("contactId",), contactId=STRING), [text("contact", "id")], {})
    assert found == {"contactId": "{{ trigger.contact.id }}"}


@pytest.mark.parametrize("name", ["id", "status", "title", "type", "description"])
def test_vague_names_are_not_matched_by_name_alone(name: str) -> None:
    assert suggest({"type": "object", "properties": {name: STRING}}, [text(name)], {}) == {}


def test_types_have_to_fit() -> None:
    tags = Datum("trigger.tags", ("tags",), "list")
    assert suggest(schema(tags=STRING), [tags], {}) == {}
    array = {"type": "array", "items": STRING}
    assert suggest(schema(tags=array), [tags], {}) == {"tags": "{{ trigger.tags | default([]) }}"}
    assert suggest(schema(tags=array), [text("tags")], {}) == {}


def test_field_with_choices_of_an_app_takes_only_data_of_that_app() -> None:
    listed = {"operation": "shop.tags.options"}
    fields = schema(
        tags={"type": "array", "items": STRING, "x-options": listed}, businessId={**STRING, "x-options": listed}
    )
    data = [
        Datum("trigger.tags", ("tags",), "list", app="crm"),
        Datum("trigger.businessId", ("businessId",), "text", app="crm"),
    ]
    assert suggest(fields, data, {}, "shop") == {}
    assert set(suggest(fields, data, {}, "crm")) == {"tags", "businessId"}


def test_format_tells_what_a_field_with_another_name_means() -> None:
    found = suggest(schema(("recipient",), recipient={"type": "string", "format": "email"}), [text("email")], {})
    assert found == {"recipient": "{{ trigger.email }}"}


def test_custom_fields_are_matched_by_the_name_that_the_app_gives_them() -> None:
    choices = [{"value": "x1", "label": "Favourite colour"}, {"value": "x2", "label": "Shoe size"}]
    data = [text("favourite_colour"), text("email")]
    assert suggest_custom(choices, data, {}) == {"x1": "{{ trigger.favourite_colour | default('') }}"}
    assert suggest_custom(choices, data, {"x1": "red"}) == {}
