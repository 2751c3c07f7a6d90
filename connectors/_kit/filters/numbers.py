"""Filters for numbers and yes/no values.

They calculate in decimals, as people do: 0.1 and 0.2 are 0.3, and a half is rounded up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from connectors._kit.errors import UnusableValue
from connectors._kit.filters.base import Example, FilterGroup
from connectors._kit.values import shown

NUMBERS = FilterGroup("number")

_TRUE = frozenset(("true", "yes", "y", "on", "1"))
_FALSE = frozenset(("false", "no", "n", "off", "0", ""))
_NOT_NUMERIC = re.compile(r"[^\d.,eE+\-]")
_ALL_DIGITS = Context(prec=400)
"""More than the largest number has."""
_LARGEST_INT = 2**63


def read_number(value: Any) -> int | float:
    """A number from a number or a text such as "1,234.50" or "12 €"; raises UnusableValue.

    The last of `.` and `,` counts as the decimal sign when both occur; a lone comma followed by three digits groups.
    """
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    text = _NOT_NUMERIC.sub("", str(value)) if isinstance(value, str) else ""
    if "," in text:
        if text.rfind(",") > text.rfind(".") and not re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", text):
            text = text.replace(".", "").replace(",", ".")
        else:
            text = text.replace(",", "")
    try:
        number = float(text)
    except ValueError:
        raise UnusableValue(f"{shown(value)} is not a number.") from None
    if not math.isfinite(number):
        raise UnusableValue(f"{shown(value)} is not a number that can be used.")
    return int(number) if number.is_integer() and not re.search(r"[.eE]", text) else number


def exact(value: Any) -> Decimal:
    """The number as it is written; raises UnusableValue."""
    return Decimal(str(read_number(value)))


def plain(number: Decimal) -> int | float:
    """A number for JSON: whole ones without decimals. Raises UnusableValue for one that is too large."""
    if abs(number) < _LARGEST_INT and number == number.to_integral_value():
        return int(number)
    result = float(number)
    if not math.isfinite(result):
        raise UnusableValue("The result is too large a number.")
    return result


def total(values: Iterable[Any]) -> Decimal:
    return sum(map(exact, values), Decimal(0))


def _rounded(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal((0, (1,), -decimals)), ROUND_HALF_UP, _ALL_DIGITS)


@NUMBERS.add(
    "Format a number",
    "Writes a number with so many decimals, with signs for thousands and decimals of your choice.",
    Example("{{ price | number(2) }}", {"price": 1234.5}, "1,234.50"),
)
def number(value: Any, decimals: int = 0, thousands: str = ",", point: str = ".") -> str:
    text = f"{_rounded(exact(value), decimals):,.{decimals}f}"
    return text.translate({ord(","): thousands, ord("."): point})


@NUMBERS.add(
    "Round", "Rounds to so many decimals.", Example("{{ price | round(1) }}", {"price": 2.46}, 2.5), name="round"
)
def round_(value: Any, decimals: int = 0) -> int | float:
    return plain(_rounded(exact(value), decimals))


@NUMBERS.add(
    "Whole number",
    "Reads a whole number; decimals are cut off.",
    Example("{{ age | int }}", {"age": "42"}, 42),
    name="int",
)
def int_(value: Any) -> int:
    return int(read_number(value))


@NUMBERS.add(
    "Number", "Reads a number from text.", Example("{{ price | float }}", {"price": "9.5 €"}, 9.5), name="float"
)
def float_(value: Any) -> float:
    return float(read_number(value))


@NUMBERS.add(
    "Yes or no",
    "Reads true or false from text such as yes, on, 1.",
    Example("{{ vip | bool }}", {"vip": "yes"}, True),
    name="bool",
)
def bool_(value: Any) -> bool:
    word = value.strip().lower() if isinstance(value, str) else None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    return bool(value)


@NUMBERS.add("Plus", "Adds a number.", Example("{{ count | plus(1) }}", {"count": 4}, 5))
def plus(value: Any, other: Any) -> int | float:
    return plain(exact(value) + exact(other))


@NUMBERS.add("Minus", "Subtracts a number.", Example("{{ count | minus(1) }}", {"count": 4}, 3))
def minus(value: Any, other: Any) -> int | float:
    return plain(exact(value) - exact(other))


@NUMBERS.add("Times", "Multiplies by a number.", Example("{{ price | times(2) }}", {"price": 2.5}, 5))
def times(value: Any, other: Any) -> int | float:
    return plain(exact(value) * exact(other))


@NUMBERS.add("Divided by", "Divides by a number.", Example("{{ cents | divided_by(100) }}", {"cents": 250}, 2.5))
def divided_by(value: Any, other: Any) -> int | float:
    divisor = exact(other)
    if not divisor:
        raise UnusableValue("A number cannot be divided by 0.")
    return plain(exact(value) / divisor)
