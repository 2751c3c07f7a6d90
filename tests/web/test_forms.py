"""Forms from JSON Schema, there and back."""

from __future__ import annotations

from typing import Any

import pytest

from web.forms import Field, fields, read

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["email", "count"],
    "properties": {
        "note": {"type": "string", "x-advanced": True},
        "email": {"type": "string", "format": "email", "title": "E-mail"},
        "count": {"type": "integer"},
        "ratio": {"type": ["number", "null"]},
        "active": {"type": "boolean"},
        "size": {"enum": ["s", "m"], "type": "string"},
        "level": {"enum": [1, 2], "type": "integer"},
        "token": {"type": "string", "x-secret": True},
        "tags": {"type": "array", "items": {"type": "string"}},
        "days": {"type": "array", "items": {"type": "string", "enum": ["Mon", "Tue"]}},
        "address": {"type": "object", "properties": {"city": {"type": "string"}}},
        "extra": {"type": "object"},
    },
}


def by_name(**options: Any) -> dict[str, Field]:
    return {field.name: field for field in fields(SCHEMA, options.pop("values", {}), **options)}


def form(**texts: str | list[str]) -> dict[str, list[str]]:
    return {name: [text] if isinstance(text, str) else text for name, text in texts.items()}


def test_required_fields_come_first_and_advanced_ones_last() -> None:
    keys = [field.key for field in fields(SCHEMA, {})]
    assert keys[:2] == ["email", "count"]
    assert keys[-1] == "note"


def test_kind_of_input_follows_from_the_schema() -> None:
    kinds = {name: field.kind for name, field in by_name().items()}
    assert kinds == {
        "note": "text",
        "email": "email",
        "count": "number",
        "ratio": "number",
        "active": "boolean",
        "size": "select",
        "level": "select",
        "token": "secret",
        "tags": "list",
        "days": "choices",
        "address": "group",
        "extra": "json",
    }


def test_values_are_shown_as_the_inputs_need_them() -> None:
    shown = by_name(
        values={
            "count": 3,
            "active": False,
            "tags": ["a", "b"],
            "days": ["Mon"],
            "address": {"city": "Berlin"},
            "extra": {"a": 1},
        }
    )
    assert shown["count"].value == "3"
    assert shown["active"].value == "false"
    assert shown["tags"].value == "a\nb"
    assert shown["days"].value == ["Mon"]
    assert shown["address"].children[0].name == "address/city"
    assert shown["address"].children[0].value == "Berlin"
    assert shown["extra"].value == '{\n  "a": 1\n}'


def test_stored_secret_is_never_shown_and_need_not_be_entered_again() -> None:
    schema = {**SCHEMA, "required": ["token"]}
    token = fields(schema, {"token": "s3cret"}, stored_secrets=True)[4:]
    found = next(field for field in fields(schema, {"token": "s3cret"}, stored_secrets=True) if field.key == "token")
    assert token
    assert (found.value, found.required, found.placeholder) == ("", False, "Saved. Leave empty to keep it.")


def test_form_turns_back_into_typed_values() -> None:
    values, problems = read(
        SCHEMA,
        form(
            **{"address/city": " Berlin "},
            email="a@b.test",
            count="3",
            ratio="0.5",
            active="true",
            size="m",
            level="2",
            tags="a\n\n b ",
            days=["Mon", "Tue"],
            extra='{"a": 1}',
            note="   ",
        ),
    )
    assert problems == {}
    assert values == {
        "email": "a@b.test",
        "count": 3,
        "ratio": 0.5,
        "active": True,
        "size": "m",
        "level": 2,
        "tags": ["a", "b"],
        "days": ["Mon", "Tue"],
        "address": {"city": "Berlin"},
        "extra": {"a": 1},
    }


def test_what_cannot_be_read_is_named_by_input() -> None:
    values, problems = read(SCHEMA, form(count="many", extra="{"), prefix="")
    assert values == {}
    assert problems["count"] == "Enter a number."
    assert problems["extra"].startswith("This is not valid JSON")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("count", "{{ trigger.count }}"),
        ("active", "{{ trigger.active }}"),
        ("tags", "{{ trigger.tags }}"),
        ("extra", "{{ trigger }}"),
        ("size", "{{ trigger.size }}"),
    ],
)
def test_expression_is_kept_as_text_in_every_kind_of_input(name: str, text: str) -> None:
    assert read(SCHEMA, form(**{name: text})) == ({name: text}, {})


def test_existing_expression_stays_choosable_in_a_select() -> None:
    found = by_name(values={"active": "{{ trigger.on }}"}, expressions=True)["active"]
    assert found.options[-1] == ("{{ trigger.on }}", "{{ trigger.on }}")


def test_prefix_and_problems_find_their_field() -> None:
    made = fields(SCHEMA, {}, prefix="input", problems={"input/address/city": "Unknown city."})
    address = next(field for field in made if field.key == "address")
    assert address.children[0].problem == "Unknown city."
