"""Every test that a rule can make."""

from __future__ import annotations

from typing import Any

import pytest

from connectors._kit.expressions import compile_template
from engine.definition.rules import TESTS, Rule, RuleSet

CASES: list[tuple[str, Any, Any, bool]] = [
    ("equals", "Ada", " ada ", True),
    ("equals", 5, "5.0", True),
    ("equals", True, "true", True),
    ("equals", True, 1, False),
    ("equals", "x", "y", False),
    ("not_equals", "x", "y", True),
    ("not_equals", "x", "X", False),
    ("contains", "Hello World", "world", True),
    ("contains", ["vip", "new"], "VIP", True),
    ("contains", ["vips"], "vip", False),
    ("not_contains", "Hello", "z", True),
    ("not_contains", ["a"], "a", False),
    ("starts_with", "ada@example.com", "ADA", True),
    ("starts_with", "bob", "ada", False),
    ("ends_with", "ada@example.com", ".com", True),
    ("ends_with", "ada@example.org", ".com", False),
    ("is_empty", "  ", None, True),
    ("is_empty", [], None, True),
    ("is_empty", 0, None, False),
    ("is_not_empty", 0, None, True),
    ("is_not_empty", None, None, False),
    ("greater_than", "10", 9, True),
    ("greater_than", 9, 9, False),
    ("greater_than", "many", 9, False),
    ("less_than", 8.5, "9", True),
    ("less_than", None, 9, False),
    ("before", "2026-01-01", "2026-01-01T00:00:01Z", True),
    ("before", "someday", "2026-01-01", False),
    ("after", "2026-01-01T10:00:00+02:00", "2026-01-01T07:59:59Z", True),
    ("after", "2025-12-31", "2026-01-01", False),
    ("in_list", "de", "AT, DE, CH", True),
    ("in_list", 3, [1, 2, 3], True),
    ("in_list", "fr", "AT, DE", False),
    ("matches_any", ["a", "b"], "b,c", True),
    ("matches_any", ["a"], "b,c", False),
    ("is_true", "Yes", None, True),
    ("is_true", "", None, False),
    ("is_false", "0", None, True),
    ("is_false", True, None, False),
]


@pytest.mark.parametrize(("test", "left", "right", "expected"), CASES)
def test_comparison(test: str, left: Any, right: Any, expected: bool) -> None:
    assert TESTS[test].check(left, right) is expected


def test_every_comparison_has_a_case_for_yes_and_for_no() -> None:
    assert {(test, expected) for test, _, _, expected in CASES} == {(t, e) for t in TESTS for e in (True, False)}


def rule(left: str, test: str, right: str = "") -> Rule:
    return Rule(compile_template(left), test, compile_template(right))


def test_missing_value_counts_as_empty() -> None:
    scope: dict[str, Any] = {"trigger": {}}

    assert rule("{{ trigger.email }}", "is_empty").holds(scope)
    assert not rule("{{ trigger.email }}", "is_not_empty").holds(scope)


@pytest.mark.parametrize(("match", "expected"), [("all", False), ("any", True)])
def test_rules_match_all_or_any(match: Any, expected: bool) -> None:
    rules = RuleSet(match, (rule("a", "equals", "a"), rule("a", "equals", "b")))

    assert rules.hold({}) is expected
