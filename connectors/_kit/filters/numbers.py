"""Filters for numbers and yes/no values."""

from __future__ import annotations

import math
import re
from typing import Any

from connectors._kit.errors import UnusableValue
from connectors._kit.filters.base import Example, FilterGroup
from connectors._kit.values import shown

NUMBERS = FilterGroup("number")

_TRUE = frozenset(("true", "yes", "y", "on", "1"))
_FALSE = frozenset(("false", "no", "n", "off", "0", ""))
_NOT_NUMERIC = re.compile(r"[^\d.,eE+\-]")


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


@NUMBERS.add(
    "Format a number",
    "Writes a number with so many decimals, with signs for thousands and decimals of your choice.",
    Example("{{ price | number(2) }}", {"price": 1234.5}, "1,234.50"),
)
def number(value: Any, decimals: int = 0, thousands: str = ",", point: str = ".") -> str:
    text = f"{read_number(value):,.{decimals}f}"
    return text.translate({ord(","): thousands, ord("."): point})


@NUMBERS.add(
    "Round", "Rounds to so many decimals.", Example("{{ price | round(1) }}", {"price": 2.46}, 2.5), name="round"
)
def round_(value: Any, decimals: int = 0) -> int | float:
    rounded = round(read_number(value), decimals)
    return int(rounded) if decimals <= 0 else rounded


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
    return read_number(value) + read_number(other)


@NUMBERS.add("Minus", "Subtracts a number.", Example("{{ count | minus(1) }}", {"count": 4}, 3))
def minus(value: Any, other: Any) -> int | float:
    return read_number(value) - read_number(other)


@NUMBERS.add("Times", "Multiplies by a number.", Example("{{ price | times(2) }}", {"price": 2.5}, 5.0))
def times(value: Any, other: Any) -> int | float:
    return read_number(value) * read_number(other)


@NUMBERS.add("Divided by", "Divides by a number.", Example("{{ cents | divided_by(100) }}", {"cents": 250}, 2.5))
def divided_by(value: Any, other: Any) -> int | float:
    divisor = read_number(other)
    if not divisor:
        raise UnusableValue("A number cannot be divided by 0.")
    result = read_number(value) / divisor
    return int(result) if result.is_integer() else result
