"""Comparisons of two values by name: the tests of filters, branches and of what narrows a trigger."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way to compare. `needs_right` is False for tests of the left value alone."""

    title: str
    check: Callable[[Any, Any], bool]
    needs_right: bool = True


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip())


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _equals(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return _text(left) == _text(right)
    numbers = _number(left), _number(right)
    return numbers[0] == numbers[1] if None not in numbers else _text(left) == _text(right)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, list):
        return any(_equals(item, right) for item in left)
    return _text(right) in _text(left)


def _compare(test: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def check(left: Any, right: Any) -> bool:
        first, second = _number(left), _number(right)
        return first is not None and second is not None and test(first, second)

    return check


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _compare_times(test: Callable[[datetime, datetime], bool]) -> Callable[[Any, Any], bool]:
    def check(left: Any, right: Any) -> bool:
        first, second = _moment(left), _moment(right)
        return first is not None and second is not None and test(first, second)

    return check


def _in_list(left: Any, right: Any) -> bool:
    choices = right if isinstance(right, list) else str(right or "").split(",")
    return any(_equals(left, choice) for choice in choices)


def _matches_any(left: Any, right: Any) -> bool:
    lefts = left if isinstance(left, list) else str(left or "").split(",")
    return any(_in_list(item, right) for item in lefts)


TESTS: Mapping[str, Comparison] = {
    "equals": Comparison("is", _equals),
    "not_equals": Comparison("is not", lambda left, right: not _equals(left, right)),
    "contains": Comparison("contains", _contains),
    "not_contains": Comparison("does not contain", lambda left, right: not _contains(left, right)),
    "starts_with": Comparison("starts with", lambda left, right: _text(left).startswith(_text(right))),
    "ends_with": Comparison("ends with", lambda left, right: _text(left).endswith(_text(right))),
    "is_empty": Comparison("is empty", lambda left, _: _empty(left), needs_right=False),
    "is_not_empty": Comparison("has a value", lambda left, _: not _empty(left), needs_right=False),
    "greater_than": Comparison("is greater than", _compare(operator.gt)),
    "less_than": Comparison("is less than", _compare(operator.lt)),
    "before": Comparison("is before (date)", _compare_times(operator.lt)),
    "after": Comparison("is after (date)", _compare_times(operator.gt)),
    "in_list": Comparison("is one of (comma-separated)", _in_list),
    "matches_any": Comparison("has any of (comma-separated)", _matches_any),
    "is_true": Comparison("is yes", lambda left, _: _text(left) in ("true", "1", "yes", "on"), needs_right=False),
    "is_false": Comparison("is no", lambda left, _: _text(left) in ("false", "0", "no", "off", ""), needs_right=False),
}
