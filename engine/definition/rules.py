"""Rules of filters and branches: a left value, a test, and (for most tests) a right value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connectors._kit.comparisons import TESTS
from connectors._kit.errors import MissingValue
from connectors._kit.expressions import Template

__all__ = ["TESTS", "Rule", "RuleSet"]


@dataclass(frozen=True, slots=True)
class Rule:
    left: Template
    test: str
    right: Template

    def holds(self, scope: Mapping[str, Any]) -> bool:
        """True when the test passes. A missing left value counts as empty: that is what such rules ask about."""
        test = TESTS[self.test]
        try:
            left = self.left.render(scope)
        except MissingValue:
            left = None
        return test.check(left, self.right.render(scope) if test.needs_right else None)


@dataclass(frozen=True, slots=True)
class RuleSet:
    match: Literal["all", "any"]
    rules: tuple[Rule, ...]

    def hold(self, scope: Mapping[str, Any]) -> bool:
        verdicts = (rule.holds(scope) for rule in self.rules)
        return all(verdicts) if self.match == "all" else any(verdicts)
