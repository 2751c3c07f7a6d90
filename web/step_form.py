"""A step as a plain form, and back: what each kind of step asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors._kit.model import Operation
from connectors._kit.registry import Registry
from engine.definition.rules import TESTS
from web import editing, forms
from web.forms import Form, first

Step = Mapping[str, Any]
Changed = tuple[dict[str, Any], dict[str, str]]
"""The new step, and problems by input name that kept a value from being read."""

TEST_CHOICES = tuple((key, test.title) for key, test in TESTS.items())
TESTS_WITHOUT_RIGHT = tuple(key for key, test in TESTS.items() if not test.needs_right)
UNITS = ("minutes", "hours", "days", "weeks", "seconds")
UNCERTAIN = (
    ("hold", "Hold the run until somebody has looked (safest)"),
    ("retry", "Try again, even if it may happen twice"),
    ("skip", "Go on as if it had been done"),
)
IF_NONE = (
    ("continue", "Go on without a result"),
    ("stop", "Stop quietly (shown as Filtered)"),
    ("fail", "Stop with an error"),
)
MATCH = (("all", "All rules must be met"), ("any", "One met rule is enough"))
NEW: Mapping[str, Mapping[str, Any]] = {
    "filter": {"kind": "filter", "match": "all", "rules": []},
    "paths": {
        "kind": "paths",
        "branches": [
            {"key": "path_a", "title": "Path A", "match": "all", "rules": [], "steps": []},
            {"key": "otherwise", "title": "Everyone else", "steps": []},
        ],
    },
    "delay": {"kind": "delay", "for": {"amount": 1, "unit": "days"}},
    "loop": {"kind": "loop", "items": "", "steps": []},
}


def fresh(definition: Mapping[str, Any], kind: str, operation: Operation | None) -> dict[str, Any]:
    """A new step of the engine's own kinds, or for an operation."""
    if operation is None:
        return {"key": editing.new_key(definition, kind), **NEW[kind]}
    return {
        "key": editing.new_key(definition, f"{operation.key}_{operation.resource}"),
        "kind": str(operation.kind),
        "title": operation.title,
        "operation": operation.id,
        "connection": None,
        "input": {},
    }


def operation_of(holder: Step, registry: Registry) -> Operation | None:
    return registry.find(holder.get("operation", ""))


def read(step: Step, form: Form, operation: Operation | None) -> Changed:
    """`step` with what the form says; parts that the form does not show stay."""
    changed = dict(step)
    for name in ("title", "note"):
        changed[name] = first(form, name).strip()
        if not changed[name]:
            del changed[name]
    reader = READERS.get(step.get("kind", ""), _read_operation)
    problems = reader(changed, form, operation)
    return changed, problems


def _read_operation(changed: dict[str, Any], form: Form, operation: Operation | None) -> dict[str, str]:
    changed["connection"] = first(form, "connection") or None
    for name in ("on_uncertain", "if_none"):
        if first(form, name):
            changed[name] = first(form, name)
    problems = _read_attempts(changed, form)
    if operation is None:
        return problems
    values, wrong = forms.read(operation.input_schema, form, prefix="input")
    known = operation.input_schema.get("properties", {})
    kept = {name: value for name, value in changed.get("input", {}).items() if name not in known}
    changed["input"] = {**values, **kept}
    return problems | wrong


def _read_attempts(changed: dict[str, Any], form: Form) -> dict[str, str]:
    text = first(form, "attempts").strip()
    retry = {name: value for name, value in changed.get("retry", {}).items() if name != "attempts"}
    if text and not (text.isdecimal() and 1 <= int(text) <= 50):
        return {"attempts": "Enter a whole number from 1 to 50."}
    if text:
        retry["attempts"] = int(text)
    changed.pop("retry", None)
    if retry:
        changed["retry"] = retry
    return {}


def _read_filter(changed: dict[str, Any], form: Form, operation: Operation | None) -> dict[str, str]:
    changed["match"] = "any" if first(form, "match") == "any" else "all"
    changed["rules"] = _rules(form, "rules")
    return {}


def _read_paths(changed: dict[str, Any], form: Form, operation: Operation | None) -> dict[str, str]:
    branches = []
    for index, branch in enumerate(changed["branches"]):
        name = f"branches/{index}"
        if first(form, f"{name}/remove"):
            continue
        rules = _rules(form, f"{name}/rules")
        made = {**branch, "title": first(form, f"{name}/title").strip() or branch["key"]}
        made.pop("rules", None)
        if rules:
            made |= {"match": first(form, f"{name}/match", "all"), "rules": rules}
        branches.append(made)
    if title := first(form, "branches/new/title").strip():
        taken = {branch["key"] for branch in changed["branches"]}
        branches.insert(max(len(branches) - 1, 0), {"key": _branch_key(title, taken), "title": title, "steps": []})
    if not branches:
        return {"branches": "Keep at least one path, or delete the whole step."}
    changed["branches"] = branches
    return {}


def _read_delay(changed: dict[str, Any], form: Form, operation: Operation | None) -> dict[str, str]:
    changed.pop("for", None)
    changed.pop("until", None)
    if first(form, "wait") == "until":
        changed["until"] = first(form, "until").strip()
        return {}
    amount = first(form, "amount").strip()
    unit = first(form, "unit", "days")
    changed["for"] = {"amount": _number(amount), "unit": unit if unit in UNITS else "days"}
    if "{{" not in amount and not isinstance(changed["for"]["amount"], int | float):
        return {"amount": "Enter a number, such as 2 or 0.5."}
    return {}


def _read_loop(changed: dict[str, Any], form: Form, operation: Operation | None) -> dict[str, str]:
    changed["items"] = first(form, "items").strip()
    limit = first(form, "limit").strip()
    changed.pop("limit", None)
    if limit and not (limit.isdecimal() and 1 <= int(limit) <= 10_000):
        return {"limit": "Enter a whole number from 1 to 10,000."}
    if limit:
        changed["limit"] = int(limit)
    return {}


READERS: Mapping[str, Callable[[dict[str, Any], Form, Operation | None], dict[str, str]]] = {
    "filter": _read_filter,
    "paths": _read_paths,
    "delay": _read_delay,
    "loop": _read_loop,
}


def _rules(form: Form, prefix: str) -> list[dict[str, Any]]:
    """Rows whose left side is empty were not filled in."""
    rules = []
    index = 0
    while f"{prefix}/{index}/left" in form:
        name = f"{prefix}/{index}"
        left, test = first(form, f"{name}/left").strip(), first(form, f"{name}/test")
        if left:
            rule = {"left": left, "test": test}
            if test not in TESTS_WITHOUT_RIGHT:
                rule["right"] = first(form, f"{name}/right").strip()
            rules.append(rule)
        index += 1
    return rules


def _branch_key(title: str, taken: set[str]) -> str:
    wish = editing.new_key({"steps": []}, title)
    while wish in taken:
        wish += "_2"
    return wish


def _number(text: str) -> int | float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def blank_rules(rules: Sequence[Mapping[str, Any]], spare: int = 1) -> list[Mapping[str, Any]]:
    """The rules with empty rows to fill in."""
    return [*rules, *({"left": "", "test": "equals", "right": ""} for _ in range(spare))]
