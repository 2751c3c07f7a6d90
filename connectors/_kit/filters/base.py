"""What a filter is and how one is declared."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from connectors._kit.errors import ExpressionError, UnusableValue
from connectors._kit.values import kind_of, shown

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Example:
    """`template` rendered with `given` gives `gives`."""

    template: str
    given: Mapping[str, Any]
    gives: Any


@dataclass(frozen=True)
class FilterInfo:
    """One filter. `function(value, *arguments)` raises only ExpressionError.

    `takes_missing`: a missing value reaches the filter as None instead of being an error.
    """

    name: str
    group: str
    title: str
    help: str
    example: Example
    function: Function
    takes_missing: bool = False

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.function)

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the arguments after the value."""
        return tuple(self._signature.parameters)[1:]

    def signature_problem(self, positional: int, named: Sequence[str]) -> str | None:
        """What is wrong with being called like this, or None."""
        try:
            self._signature.bind(None, *[None] * positional, **dict.fromkeys(named))
        except TypeError as error:
            wants = ", ".join(self.arguments) or "no arguments"
            return f"The filter “{self.name}” takes {wants}: {error}"
        return None


class FilterGroup:
    """Filters of one kind, in the order the editor lists them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._filters: list[FilterInfo] = []

    def __iter__(self) -> Iterator[FilterInfo]:
        return iter(self._filters)

    def add(
        self, title: str, help: str, example: Example, *, name: str = "", takes_missing: bool = False
    ) -> Callable[[Function], Function]:
        """Declares the decorated function as a filter, called like the function unless `name` says otherwise."""

        def declare(function: Function) -> Function:
            own = name or function.__name__.rstrip("_")
            safe = _only_expression_errors(own, function)
            self._filters.append(FilterInfo(own, self.name, title, help, example, safe, takes_missing))
            return safe

        return declare


def _only_expression_errors(name: str, function: Function) -> Function:
    @wraps(function)
    def safe(value: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return function(value, *arguments, **named)
        except ExpressionError:
            raise
        except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError):
            raise UnusableValue(f"{kind_of(value)} cannot be used by “{name}”: {shown(value)}.") from None

    return safe
