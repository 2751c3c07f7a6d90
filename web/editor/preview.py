"""What templates give with sample data: shown under each field while somebody edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors._kit.errors import ExpressionError, MissingValue
from connectors._kit.expressions import compile_template, texts
from connectors._kit.model import Operation
from connectors._kit.pointers import pointer
from connectors._kit.schema import compile_schema
from connectors._kit.values import as_text
from engine.definition.model import parse
from engine.errors import Invalid, Problem

Scope = Mapping[str, Any]
Json = dict[str, Any]
LONGEST = 600
"""Letters of a value that are shown."""


class _Unknown:
    """Stands where an expression gave no value."""


_UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True)
class Shown:
    """One text of a template by its JSON pointer: the value it gives, or why it gives none."""

    pointer: str
    value: Any = None
    error: str = ""
    missing: str = ""
    """Dotted path of the value that the sample data lacks."""

    def as_dict(self) -> Json:
        if self.error:
            return {"pointer": self.pointer, "error": self.error, "missing": self.missing}
        return {"pointer": self.pointer, "text": _cut(as_text(self.value)), "type": type_of(self.value)}


def shown(value: Any, scope: Scope) -> list[Shown]:
    """Every text with an expression in a JSON value."""
    return [_one(pointer, text, scope) for pointer, text in texts(value)]


def misfits(operation: Operation, input: Mapping[str, Any], scope: Scope) -> list[Json]:
    """Values that an expression gave and that the operation's schema does not take: pointer and message.

    Values written by hand are the checker's affair; where an expression gave nothing, there is nothing to judge.
    """
    fields = operation.input_schema.get("properties", {})
    required = operation.input_schema.get("required", ())
    found: list[Json] = []
    for name, template in input.items():
        if name not in fields or not any(True for _ in texts(template)):
            continue
        value = _filled(template, scope)
        if isinstance(value, _Unknown) or (value in (None, "", []) and name not in required):
            continue
        for problem in compile_schema(fields[name]).objections(value):
            found.append({"pointer": pointer(name) + problem.pointer, "message": problem.message})
    return found


def verdict(rules: Sequence[Mapping[str, Any]], match: str, scope: Scope) -> Json | None:
    """Whether rules hold with the sample data, each and together; None when they cannot be judged yet."""
    step = {"key": "rules", "kind": "filter", "match": match, "rules": list(rules)}
    try:
        parsed: Any = parse({"trigger": {"operation": ""}, "steps": [step]}).steps[0]
        each = [rule.holds(scope) for rule in parsed.rules.rules]
        return {"each": each, "together": parsed.rules.hold(scope)}
    except (ExpressionError, KeyError):
        return None


def rendered(value: Any, scope: Scope) -> Any:
    """The whole value. Raises Invalid, whose problems name the places by JSON pointer."""
    problems = [Problem(one.error, one.pointer) for one in shown(value, scope) if one.error]
    if problems:
        raise Invalid(problems[0].message, problems)
    return compile_template(value).render(scope)


def type_of(value: Any) -> str:
    """text | number | yes/no | list | group | empty"""
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list | tuple) else "group"


def _one(pointer: str, text: str, scope: Scope) -> Shown:
    try:
        return Shown(pointer, compile_template(text).render(scope))
    except MissingValue as error:
        return Shown(pointer, error=f"The sample data has no value for {error.name}.", missing=error.name)
    except ExpressionError as error:
        return Shown(pointer, error=str(error))


def _filled(template: Any, scope: Scope) -> Any:
    """The template's value, _UNKNOWN where any part of it has none."""
    try:
        return compile_template(template).render(scope)
    except ExpressionError:
        return _UNKNOWN


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
