"""The expression language: what it reads, what it refuses, and how it says so."""

from __future__ import annotations

from typing import Any

import pytest

from connectors._kit.errors import ExpressionError, ExpressionSyntaxError, MissingValue, UnusableValue
from connectors._kit.expressions import compile_template, syntax_problems

SCOPE: dict[str, Any] = {
    "trigger": {
        "email": "ada@example.com",
        "age": 36,
        "vip": True,
        "phone": None,
        "tags": ["new", "vip"],
        "address": {"city": "London", "First line": "12 St James"},
        "rows": {"0": "a", "1": "b"},
        "_id": "x1",
    },
    "empty": "",
}


def render(template: Any, **options: Any) -> Any:
    return compile_template(template).render(SCOPE, **options)


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ trigger.age }}", 36),
        ("{{ trigger.vip }}", True),
        ("{{ trigger.tags }}", ["new", "vip"]),
        ("{{ trigger.address }}", SCOPE["trigger"]["address"]),
        ("{{ trigger.phone }}", None),
        ("{{ trigger.tags[1] }}", "vip"),
        ("{{ trigger.tags.0 }}", "new"),
        ("{{ trigger.tags[-1] }}", "vip"),
        ("{{ trigger.rows[1] }}", "b"),
        ("{{ trigger['email'] }}", "ada@example.com"),
        ("{{ trigger.address['First line'] }}", "12 St James"),
        ("{{ trigger['_id'] }}", "x1"),
        ("{{ trigger[('email')] }}", "ada@example.com"),
        ("{{ 'text' }}", "text"),
        ("{{ 1.5 }}", 1.5),
        ("{{ -3 }}", -3),
        ("{{ none }}", None),
        ("{{ [1, trigger.age] }}", [1, 36]),
        ("{{ {'years': trigger.age} }}", {"years": 36}),
        ("{{ trigger.age >= 18 }}", True),
        ("{{ 1 < trigger.age < 36 }}", False),
        ("{{ 'vip' in trigger.tags }}", True),
        ("{{ 'old' not in trigger.tags }}", True),
        ("{{ trigger.vip and trigger.age }}", 36),
        ("{{ empty or 'nobody' }}", "nobody"),
        ("{{ not trigger.vip }}", False),
        ("{{ 'adult' if trigger.age >= 18 else 'minor' }}", "adult"),
        ("{{ 'yes' if empty }}", None),
        ("{{ (trigger.tags | first) == 'new' }}", True),
    ],
)
def test_text_that_is_one_expression_keeps_the_type(template: str, value: Any) -> None:
    assert render(template) == value
    assert type(render(template)) is type(value)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hello {{ trigger.email }}!", "Hello ada@example.com!"),
        ("{{ trigger.age }} years", "36 years"),
        ("vip: {{ trigger.vip }}", "vip: true"),
        ("phone: {{ trigger.phone }}", "phone: "),
        ("tags: {{ trigger.tags }}", 'tags: ["new","vip"]'),
        ("{{ trigger.email }}{{ trigger.age }}", "ada@example.com36"),
        ("price {{ 5.0 }}", "price 5"),
        ("{{ '{{' }} stays, {% if %} and {# too #}", "{{ stays, {% if %} and {# too #}"),
        ("no expression", "no expression"),
        ("line\n{{ trigger.age }}\n", "line\n36\n"),
    ],
)
def test_values_inside_a_text_are_formatted(template: str, text: str) -> None:
    assert render(template) == text


def test_missing_value_is_an_error_that_names_its_path() -> None:
    with pytest.raises(MissingValue) as caught:
        render("Dear {{ trigger.contact.first_name }}")

    assert caught.value.name == "trigger.contact.first_name"
    assert "default('')" in str(caught.value)


@pytest.mark.parametrize("path", ["trigger.tags[2]", "trigger.email.length", "trigger.phone.x", "trigger.tags.name"])
def test_path_that_leads_nowhere_is_missing(path: str) -> None:
    with pytest.raises(MissingValue):
        render("{{ " + path + " }}")


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ trigger.name | default('nobody') }}", "nobody"),
        ("{{ trigger.phone | default('none') }}", "none"),
        ("{{ empty | default('x') }}", ""),
        ("{{ empty | default('x', true) }}", "x"),
        ("{{ trigger.name | upper | default('nobody') }}", "nobody"),
        ("{{ trigger.name is defined }}", False),
        ("{{ trigger.name is not defined }}", True),
        ("{{ trigger.phone is defined }}", True),
        ("{{ trigger.name if trigger.name else 'nobody' }}", "nobody"),
        ("{{ 'ok' if not trigger.name.first else 'no' }}", "ok"),
        ("{{ 'ok' if trigger.name or trigger.vip else 'no' }}", "ok"),
    ],
)
def test_default_and_conditions_make_a_value_optional(template: str, value: Any) -> None:
    assert render(template) == value


def test_static_parts_and_nested_templates_are_rendered_together() -> None:
    template = {"to": ["{{ trigger.email }}"], "n": 1, "deep": {"city": "{{ trigger.address.city }}"}, "text": "x"}

    assert render(template) == {"to": ["ada@example.com"], "n": 1, "deep": {"city": "London"}, "text": "x"}


def test_omit_missing_leaves_out_values_but_not_parts_of_a_text() -> None:
    template = {"a": "{{ trigger.name }}", "b": "{{ trigger.age }}", "c": ["{{ nobody }}", 2]}

    assert render(template, omit_missing=True) == {"b": 36, "c": [2]}
    assert render("{{ nobody }}", omit_missing=True) is None
    with pytest.raises(MissingValue):
        render({"a": "Dear {{ trigger.name }}"}, omit_missing=True)


def test_error_points_to_its_place_in_a_nested_template() -> None:
    with pytest.raises(MissingValue) as caught:
        render({"list": [{"a/b": "{{ nobody }}"}]})

    assert caught.value.pointer == "/list/0/a~1b"


@pytest.mark.parametrize(
    ("template", "column", "words"),
    [
        ("{{ trigger.tags.append(1) }}", 23, "Functions cannot be called"),
        ("{{ range(3) }}", 9, "Functions cannot be called"),
        ("{{ trigger.__class__ }}", 11, "begins with _"),
        ("{{ _secret }}", 4, "begin with _"),
        ("{{ 1 + 2 }}", 4, "plus, minus"),
        ("{{ a ~ b }}", 4, "side by side"),
        ("{{ (1, 2) }}", 6, "square brackets"),
        ("{{ trigger.tags[0:1] }}", 16, "cannot be cut out"),
        ("{{ trigger.email is string }}", 18, "only “is defined” is"),
        ("{{ a | nofilter }}", 8, "no filter “nofilter”"),
        ("{{ a | truncate }}", 8, "truncate"),
        ("{{ a | upper(1) }}", 8, "takes no arguments"),
        ("{{ a | truncate(len=3) }}", 8, "truncate"),
        ("{{ a | join(*b) }}", 8, "cannot be used"),
        ("Hello {{ a b }}", 12, "expected }}"),
        ("Hello {{ a", 10, "end of text"),
        ("{{ }}", 4, "expression"),
        ("{{ a ? b }}", 6, "unexpected char"),
        ("{{ {1: 2} }}", 5, "quotes"),
        ("one\n{{ 1 +* 2 }}", 11, "cannot be read"),
    ],
)
def test_everything_outside_the_language_is_refused_with_its_column(template: str, column: int, words: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_template(template)

    assert caught.value.column == column, str(caught.value)
    assert words in str(caught.value)


class Trap:
    """An object whose attributes must never be touched."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"attribute {name} was read")


def test_attributes_of_python_objects_are_never_read() -> None:
    with pytest.raises(MissingValue):
        compile_template("{{ thing.secret }}").render({"thing": Trap()})


@pytest.mark.parametrize(
    "template", ["{{ trigger.email < 1 }}", "{{ 1 in trigger.age }}", "{{ [1] in trigger.address }}"]
)
def test_comparison_of_different_kinds_is_an_error_for_people(template: str) -> None:
    with pytest.raises(UnusableValue, match=r"cannot be compared"):
        render(template)


def test_template_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_template("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}")


def test_references_list_every_path_once_in_order() -> None:
    template = compile_template(
        {"a": "{{ trigger.tags[0] }} {{ steps.find.id | default(trigger.age) }}", "b": "{{ trigger.age }}", "c": "x"}
    )

    assert template.references() == ("trigger.tags.0", "steps.find.id", "trigger.age")
    assert template.paths()[0] == ("trigger", "tags", 0)
    assert not template.is_static


def test_template_without_expressions_is_static_and_gives_its_source() -> None:
    source = {"a": [1, "}} text"], "b": None}
    template = compile_template(source)

    assert template.is_static
    assert template.render({}) is source
    assert template.references() == ()


def test_all_syntax_problems_are_found_at_once() -> None:
    found = list(syntax_problems({"a": "{{ 1 + 1 }}", "b": ["{{ ok }}", "{{ f() }}"]}))

    assert [error.pointer for error in found] == ["/a", "/b/1"]


def test_own_set_of_filters_can_be_given() -> None:
    with pytest.raises(ExpressionError):
        compile_template("{{ a | upper }}", filters={})
