"""Compiled JSON Schemas: plain-English problems, and values brought into shape where nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from connectors._kit.errors import InputInvalid
from connectors._kit.schema import CompiledSchema, compile_schema

CONTACT = {
    "type": "object",
    "properties": {
        "email": {"type": "string", "title": "E-mail", "format": "email"},
        "age": {"type": "integer", "title": "Age", "minimum": 0, "maximum": 150},
        "born": {"type": "string", "title": "Date of birth", "format": "date"},
        "seen": {"type": "string", "title": "Last seen", "format": "date-time"},
        "site": {"type": "string", "title": "Website", "format": "uri"},
        "vip": {"type": "boolean", "title": "VIP"},
        "score": {"type": ["number", "null"], "title": "Score"},
        "tags": {"type": "array", "title": "Tags", "items": {"type": "string", "minLength": 1}, "maxItems": 2},
        "kind": {"type": "string", "title": "Kind", "enum": ["lead", "customer"]},
        "code": {"type": "string", "title": "Code", "minLength": 2, "maxLength": 4, "pattern": "^[A-Z]+$"},
        "token": {"type": "string", "title": "Token", "minLength": 20, "pattern": "^tok_", "x-secret": True},
        "address": {"type": "object", "title": "Address", "properties": {"city": {"type": "string", "title": "City"}}},
        "any": {"title": "Anything"},
    },
    "required": ["email"],
    "additionalProperties": False,
}
SCHEMA = compile_schema(CONTACT)


@pytest.mark.parametrize(
    ("more", "pointer", "message"),
    [
        ({"email": "ada"}, "/email", "E-mail must be an e-mail address, not “ada”."),
        ({"age": -1}, "/age", "Age must be at least 0, not -1."),
        ({"age": "old"}, "/age", "Age must be a whole number, not “old”."),
        ({"age": 1.5}, "/age", "Age must be a whole number, not 1.5."),
        ({"born": "1.2.1990"}, "/born", "Date of birth must be a date such as 2026-01-31, not “1.2.1990”."),
        ({"seen": "yesterday"}, "/seen", "Last seen must be a date and time with its zone"),
        ({"site": "example"}, "/site", "Website must be a web address such as https://example.com, not “example”."),
        ({"kind": "friend"}, "/kind", "Kind must be one of: “lead”, “customer”, not “friend”."),
        ({"code": "A"}, "/code", "Code must have at least 2 characters."),
        ({"code": "ABCDE"}, "/code", "Code must have at most 4 characters."),
        ({"code": "ab"}, "/code", "Code must have the form ^[A-Z]+$, not “ab”."),
        ({"tags": ["a", "b", "c"]}, "/tags", "Tags may have at most 2 entries."),
        ({"tags": ["a", ""]}, "/tags/1", "Tags, entry 2 must not be empty."),
        ({"address": {"city": []}}, "/address/city", "City must be text."),
        ({"nmae": "x"}, "/nmae", "“nmae” is not known here; remove it or correct its name."),
        ({"vip": "perhaps"}, "/vip", "VIP must be true or false, not “perhaps”."),
    ],
)
def test_problem_names_the_field_by_its_title(more: dict[str, Any], pointer: str, message: str) -> None:
    (problem,) = SCHEMA.problems({"email": "ada@example.com", **more})

    assert problem.pointer == pointer
    assert problem.message.startswith(message)


def test_missing_field_is_named_at_its_own_place() -> None:
    (problem,) = SCHEMA.problems({})

    assert (problem.pointer, problem.message) == ("/email", "E-mail is required.")


def test_all_problems_are_listed_at_once() -> None:
    with pytest.raises(InputInvalid) as caught:
        SCHEMA.accept({"age": "old", "kind": "friend"})

    assert [problem.pointer for problem in caught.value.problems] == ["/age", "/email", "/kind"]


def test_secret_is_never_repeated_in_a_message() -> None:
    problems = SCHEMA.problems({"email": "ada@example.com", "token": "hunter2"})

    assert len(problems) == 2
    assert "hunter2" not in str(problems)


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ({"age": "36"}, {"age": 36}),
        ({"age": 36.0}, {"age": 36.0}),
        ({"score": "1.5"}, {"score": 1.5}),
        ({"vip": "Yes"}, {"vip": True}),
        ({"vip": 0}, {"vip": False}),
        ({"code": "AB", "tags": "vip"}, {"code": "AB", "tags": ["vip"]}),
        ({"tags": ["a", 5]}, {"tags": ["a", "5"]}),
        ({"address": {"city": 5}}, {"address": {"city": "5"}}),
        ({"age": "", "born": "", "kind": None}, {}),
        ({"any": ""}, {"any": ""}),
        ({"score": None}, {"score": None}),
    ],
)
def test_value_is_brought_into_shape_where_nothing_is_lost(given: dict[str, Any], accepted: dict[str, Any]) -> None:
    assert SCHEMA.accept({"email": "ada@example.com", **given}) == {"email": "ada@example.com", **accepted}


@pytest.mark.parametrize("age", ["1_000", "3 apples", "1e400", "nan", [36], {"n": 36}, True])
def test_value_that_would_have_to_be_guessed_is_refused(age: Any) -> None:
    with pytest.raises(InputInvalid):
        SCHEMA.accept({"email": "ada@example.com", "age": age})


def test_value_that_fits_is_given_back_as_it_is() -> None:
    value = {"email": "ada@example.com", "tags": ["a"]}

    assert SCHEMA.accept(value) is value


def test_required_field_is_not_left_out_when_empty() -> None:
    with pytest.raises(InputInvalid, match="E-mail must be an e-mail address"):
        SCHEMA.accept({"email": ""})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"kind": "mail"}, "“to” is required."),
        ({"kind": "fax"}, "This does not have any of the allowed forms."),
        ({"kind": "wait", "hours": 0}, "“hours” must be at least 1, not 0."),
    ],
)
def test_closest_branch_of_alternatives_is_worded(value: dict[str, Any], message: str) -> None:
    schema = compile_schema(
        {
            "oneOf": [
                {"properties": {"kind": {"const": "mail"}, "to": {"type": "string"}}, "required": ["kind", "to"]},
                {"properties": {"kind": {"const": "wait"}, "hours": {"minimum": 1}}, "required": ["kind"]},
            ]
        }
    )

    assert [problem.message for problem in schema.problems(value)] == [message]


@pytest.mark.parametrize(
    ("schema", "value", "pointer", "message"),
    [
        ({"properties": {"a": False}}, {"a": 1}, "/a", "“a” is not allowed here."),
        ({"not": {"type": "null"}}, None, "", 'This does not fit its rule: not {"type": "null"}.'),
        ({"propertyNames": {"pattern": "^[a-z]+$"}}, {"A b": 1}, "",
         "This has a name that is not allowed: “A b” must have the form ^[a-z]+$."),
        ({"propertyNames": {"maxLength": 1, "x-message": "“{}” is too long a name."}}, {"ab": 1}, "",
         "“ab” is too long a name."),
        ({"properties": {"a": {"minimum": 3, "x-message": "Take more than {}."}}}, {"a": 1}, "/a", "Take more than 1."),
        ({"properties": {"propertyNames": {"minLength": 1}}}, {"propertyNames": ""}, "/propertyNames",
         "“propertyNames” must not be empty."),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "/b", "“b” is required."),
        ({"properties": {"a": True}, "unevaluatedProperties": False}, {"a": 1, "c": 1}, "/c",
         "“c” is not known here; remove it or correct its name."),
        ({"patternProperties": {"^x-": True}, "additionalProperties": False}, {"x-a": 1, "c": 1}, "/c",
         "“c” is not known here; remove it or correct its name."),
        ({"multipleOf": 0.5}, 0.7, "", "This must be a multiple of 0.5."),
        ({"type": "string"}, 10**30, "", f"This must be text, not {10**30}."),
        (
            {"properties": {"mail": {"title": "E-mail"}}, "anyOf": [{"required": ["mail"]}, {"required": ["phone"]}]},
            {"name": "Ada"},
            "",
            "Fill in at least one of: E-mail, “phone”.",
        ),
        ({"oneOf": [{"minimum": 1}, {"minimum": 2}]}, 3, "", "This has more than one of the allowed forms."),
        ({"prefixItems": [True], "items": False}, [1, 2], "", "This has more entries than are allowed."),
    ],
)  # fmt: skip
def test_every_kind_of_rule_is_worded(schema: dict[str, Any], value: Any, pointer: str, message: str) -> None:
    (problem,) = compile_schema(schema).problems(value)

    assert (problem.pointer, problem.message) == (pointer, message)


def test_pattern_that_only_the_deciding_library_can_read_is_worded() -> None:
    (problem,) = compile_schema({"pattern": r"^\p{Lu}"}).problems("ada")

    assert problem.message == r"This must have the form ^\p{Lu}, not “ada”."


def test_problem_that_only_the_deciding_library_sees_is_still_reported() -> None:
    schema = compile_schema({"properties": {"names": {"patternProperties": {r"^\p{Lu}": {"type": "string"}}}}})

    (problem,) = schema.problems({"names": {"Ada": 1}})

    assert (problem.pointer, problem.message) == ("/names/Ada", "“Ada” does not fit its rule: type.")


def test_secret_inside_an_alternative_is_never_repeated_in_a_message() -> None:
    secret = {"properties": {"token": {"pattern": "^tok_", "x-secret": True}}, "required": ["token"]}

    (problem,) = compile_schema({"anyOf": [secret, {"type": "null"}]}).problems({"token": "hunter2"})

    assert problem.message == "“token” must have the form ^tok_."


def test_value_that_fits_never_waits_for_the_explaining_library() -> None:
    program = (
        "import sys, connectors._kit.schema as s; s.compile_schema({}).accept(1); print('jsonschema' in sys.modules)"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"


@pytest.mark.parametrize("schema", [{"type": "strng"}, {"required": "email"}, {"pattern": "("}, {"$ref": "#/$defs/no"}])
def test_wrong_schema_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        compile_schema(schema)


def test_reference_leads_to_the_documents_given() -> None:
    address = "https://stepline.invalid/contact"
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {"mail": {"format": "email"}}}
    schema = CompiledSchema({"$ref": f"{address}#/$defs/mail"}, {address: document})

    (problem,) = schema.problems("ada")

    assert problem.message == "This must be an e-mail address, not “ada”."


def test_remote_reference_is_never_fetched() -> None:
    with pytest.raises(ValueError):
        compile_schema({"$ref": "https://example.com/schema.json"})
