"""The filters: each does what its example shows, and refuses what it cannot use."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from connectors._kit.errors import UnusableValue
from connectors._kit.expressions import compile_template
from connectors._kit.filters import FILTERS, FilterInfo


def render(template: str, **scope: Any) -> Any:
    return compile_template(template).render(scope)


@pytest.mark.parametrize("info", FILTERS.values(), ids=FILTERS.keys())
def test_filter_does_what_its_example_shows(info: FilterInfo) -> None:
    assert f"| {info.name}" in info.example.template
    assert render(info.example.template, **info.example.given) == info.example.gives
    assert info.title
    assert info.help.endswith(".")


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ '2026-03-01T22:30:00Z' | date('D MMM YYYY HH:mm', 'Asia/Kolkata') }}", "2 Mar 2026 04:00"),
        ("{{ '2026-03-01' | date('dddd D MMMM', locale='de') }}", "Sonntag 1 März"),
        ("{{ '31/12/2026' | date(from_pattern='DD/MM/YYYY') }}", "2026-12-31"),
        ("{{ 1767323045 | date('YYYY-MM-DD HH:mm:ss') }}", "2026-01-02 03:04:05"),
        ("{{ 1767323045000 | date('YYYY-MM-DD') }}", "2026-01-02"),
        ("{{ '1767323045' | date }}", "2026-01-02"),
        ("{{ '2026-01-03 10:00:00' | date('HH:mm') }}", "10:00"),
        ("{{ '2026-01-31' | date_add(1, 'month') }}", "2026-02-28"),
        ("{{ '2024-02-29' | date_add(-1, 'years') }}", "2023-02-28"),
        ("{{ '2026-11-30' | date_add(1, 'months') }}", "2026-12-30"),
        ("{{ '2026-12-31' | date_add(2, 'months') }}", "2027-02-28"),
        ("{{ '2026-03-01' | date_add(90, 'minutes') }}", "2026-03-01T01:30:00Z"),
        ("{{ '2026-03-01T10:00:00+02:00' | date_add(1, 'weeks') }}", "2026-03-08T10:00:00+02:00"),
        ("{{ '2026-03-15T12:00:00Z' | date_diff('2026-03-15T09:30:00Z', 'hours') }}", -2),
        ("{{ '+46 70 123 45 67' | phone }}", "+46701234567"),
        ("{{ '0701234567' | phone('se', style='international') }}", "+46 70 123 45 67"),
        ("{{ '1.234,50' | float }}", 1234.5),
        ("{{ '1,234' | int }}", 1234),
        ("{{ '12,5' | float }}", 12.5),
        ("{{ 1234567.891 | number(2, thousands='.', point=',') }}", "1.234.567,89"),
        ("{{ 'Größe' | slug }}", "grosse"),
        ("{{ 'Łódź' | slug }}", "lodz"),
        ("{{ 'Ærø Þór' | slug }}", "aero-thor"),
        ("{{ 'Привет' | slug }}", "privet"),
        ("{{ 'Été à Paris!' | slug }}", "ete-a-paris"),
        ("{{ '' | slug }}", ""),
        ("{{ 2.5 | round }}", 3),
        ("{{ -2.5 | round }}", -3),
        ("{{ 2.675 | round(2) }}", 2.68),
        ("{{ 1250 | round(-2) }}", 1300),
        ("{{ 1e300 | round(2) }}", 1e300),
        ("{{ 2.675 | number(2) }}", "2.68"),
        ("{{ 0.1 | plus(0.2) }}", 0.3),
        ("{{ 0.3 | minus(0.1) }}", 0.2),
        ("{{ 1.1 | times(3) }}", 3.3),
        ("{{ [0.1, 0.2, '0.3'] | sum }}", 0.6),
        ("{{ '' | bool }}", False),
        ("{{ 'No' | bool }}", False),
        ("{{ 7 | divided_by(2) }}", 3.5),
        ("{{ 8 | divided_by(2) }}", 4),
        ("{{ [] | first }}", None),
        ("{{ [] | first | default('none') }}", "none"),
        ("{{ 'abc' | last }}", "c"),
        ("{{ [3, 'b', none, 'A', 1] | sort }}", [1, 3, "A", "b", None]),
        ("{{ [{'a': {'b': 2}}, {}] | where('a.b') | length }}", 1),
        ("{{ [{'a': 0}, {'a': 1}] | where('a', 0) | length }}", 1),
        ("{{ [1] | merge([2]) }}", [1, 2]),
        ("{{ none | length }}", 0),
        ("{{ none | upper }}", ""),
        ("{{ ['a', 'b'] | split }}", ["a", "b"]),
        ('{{ "o\'brien mc-donald" | title }}', "O'brien Mc-Donald"),
    ],
)
def test_filter_result(template: str, value: Any) -> None:
    assert render(template) == value


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ '03/04/2026' | date }}", "without doubt"),
        ("{{ 'soon' | date(from_pattern='DD/MM/YYYY') }}", "is not a date written as"),
        ("{{ '2026-01-01' | date(locale='xx-yy') }}", "language code"),
        ("{{ '2026-01-01' | timezone('Mars/Base') }}", "not a time zone"),
        ("{{ '2026-01-01' | date_add(1, 'fortnights') }}", "not a unit of time"),
        ("{{ '2026-01-01' | date_diff('2026-02-01', 'months') }}", "counted in weeks"),
        ("{{ 1e300 | date }}", "not a date"),
        ("{{ '555-2671' | phone }}", "need a country"),
        ("{{ '12' | phone('US') }}", "not a possible phone number"),
        ("{{ '+14155552671' | phone(style='fancy') }}", "e164"),
        ("{{ '?!' | slug }}", "no letters or digits"),
        ("{{ 'ada' | email_domain }}", "not an e-mail address"),
        ("{{ 'many' | int }}", "not a number"),
        ("{{ 'inf' | float }}", "not a number"),
        ("{{ 1 | divided_by(0) }}", "divided by 0"),
        ("{{ 1e308 | times(10) }}", "too large"),
        ("{{ 'text' | map('a') }}", "not a list"),
        ("{{ 'text' | keys }}", "cannot be used by “keys”"),
        ("{{ '{' | from_json }}", "cannot be used by “from_json”"),
        ("{{ 'abc' | truncate('x') }}", "cannot be used by “truncate”"),
    ],
)
def test_filter_refuses_what_it_cannot_use(template: str, words: str) -> None:
    with pytest.raises(UnusableValue, match=words):
        render(template)


def test_heavy_libraries_are_not_imported_with_the_filters() -> None:
    code = "import sys, connectors._kit.filters; print({'anyascii', 'arrow', 'phonenumbers'} & sys.modules.keys())"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "set()"
