"""Everything that keeps a definition from running, found at once: by JSON pointer, step and field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors._kit.errors import ExpressionError
from connectors._kit.model import Operation
from connectors._kit.registry import Registry
from engine.definition.model import setting_value, title_of, trigger_input
from engine.definition.rules import TESTS
from engine.definition.shape import shape_problems
from engine.definition.values import Accounts, Place, input_problems, value_problems
from engine.errors import Problem

MAX_PATH = 400
"""Length of a step path such as `each_task/3/split/vip/send`; the journal has room for no longer ones."""
LAST_ITERATION = 9_999


class Checker:
    """`connections` gives the connector key of every connection that a definition may name, by its id; `granted` the
    permissions (scopes) of those whose service says which it granted."""

    def __init__(
        self,
        registry: Registry,
        connections: Callable[[], Mapping[str, str]],
        granted: Callable[[], Mapping[str, Collection[str]]] = dict,
    ) -> None:
        self._registry = registry
        self._connections = connections
        self._granted = granted

    def check(
        self,
        definition: Mapping[str, Any],
        connections: Mapping[str, str] | None = None,
        *,
        values_needed: bool = True,
    ) -> Sequence[Problem]:
        """All problems, in the order of the steps; empty when the definition can run.

        For a recipe, `connections` gives its own names for the accounts instead of the stored ones, and settings
        need no value yet.
        """
        try:
            return self._found(definition, connections, values_needed)
        except RecursionError:
            return [Problem("There is data inside of data here, hundreds of levels deep. Make it simpler.")]

    def _found(
        self, definition: Mapping[str, Any], connections: Mapping[str, str] | None, values_needed: bool
    ) -> Sequence[Problem]:
        shape = shape_problems(definition)
        accounts = Accounts(connections or {}, {})
        if connections is None:
            accounts = Accounts(self._connections(), self._granted())
        rest = _Check(self._registry, accounts, definition, values_needed, well_formed=not shape).problems()
        if not shape:
            return list(rest)
        said = {problem.pointer for problem in shape}
        return sorted([*shape, *(p for p in rest if p.pointer not in said)], key=_position)


@dataclass
class _Check:
    """What the schema cannot say. Where it objects, the definition is read as far as it can be."""

    registry: Registry
    accounts: Accounts
    definition: Mapping[str, Any]
    values_needed: bool
    well_formed: bool
    keys: set[str] = field(default_factory=set)

    def problems(self) -> Iterator[Problem]:
        settings = _group(self.definition.get("settings"))
        place = Place("", frozenset(), frozenset(settings))
        yield from self._settings(settings, place)
        if isinstance(trigger := self.definition.get("trigger"), Mapping):
            yield from self._trigger(trigger, place.at("trigger"))
        yield from self._steps(self.definition.get("steps"), place.at("steps"))

    def _settings(self, settings: Mapping[str, Any], place: Place) -> Iterator[Problem]:
        for key, given in settings.items():
            setting = _group(given)
            if self.values_needed and setting.get("required", True) and setting_value(setting) in (None, ""):
                title = setting.get("title", key)
                yield place.at("settings", key, "value").problem(f"Choose a value for “{title}”.", key)

    def _trigger(self, trigger: Mapping[str, Any], place: Place) -> Iterator[Problem]:
        operation = self._operation(trigger)
        if operation is None:
            yield place.at("operation").problem(
                f"There is no trigger “{trigger.get('operation')}”. Choose another one."
            )
        elif operation.trigger is None:
            yield place.at("operation").problem(f"“{operation.title}” cannot start a workflow. Choose a trigger.")
        else:
            yield from self._connection(trigger, operation, place)
            problems = list(input_problems(trigger.get("input", {}), operation, place, only=("workflow.settings",)))
            yield from problems
            if self.values_needed and self.well_formed and not problems:
                yield from self._evaluated(place)

    def _evaluated(self, place: Place) -> Iterator[Problem]:
        """The settings are known now, so nothing is left that could go wrong when an event comes."""
        try:
            trigger_input(self.definition)
        except ExpressionError as error:
            yield place.at("input").problem(f"The trigger cannot be set up like this: {error}")

    def _steps(self, steps: Any, place: Place) -> Iterator[Problem]:
        """`place` is that of the list."""
        checks = {
            "action": self._action,
            "search": self._action,
            "filter": self._filter,
            "paths": self._paths,
            "delay": self._delay,
            "loop": self._loop,
        }
        visible = place.visible
        for index, step in _groups(steps):
            key, kind = _text(step.get("key")), _text(step.get("kind"))
            here = replace(place.at(index), visible=visible, step=key or None)
            if len(place.path + key) > MAX_PATH:
                yield here.problem("This step lies too deep inside of others. Move it out, or shorten their keys.")
                continue
            if key in self.keys:
                yield here.at("key").problem(f"Two steps have the key “{key}”. Rename one of them.")
            if key:
                self.keys.add(key)
            if kind in checks:
                yield from checks[kind](step, here)
            visible |= {key, *_inner_keys(step)}

    def _action(self, step: Mapping[str, Any], place: Place) -> Iterator[Problem]:
        operation = self._operation(step)
        if operation is None:
            yield place.at("operation").problem(f"There is no operation “{step.get('operation')}”. Choose another one.")
        elif operation.kind != step["kind"]:
            yield place.at("operation").problem(f"“{operation.title}” is not {_a(step['kind'])}. Choose another one.")
        else:
            yield from self._connection(step, operation, place)
            yield from input_problems(step.get("input", {}), operation, place)

    def _filter(self, step: Mapping[str, Any], place: Place) -> Iterator[Problem]:
        if not step.get("rules"):
            yield place.at("rules").problem("Add a rule, or remove this filter.")
        yield from self._rules(step.get("rules"), place.at("rules"))

    def _paths(self, step: Mapping[str, Any], place: Place) -> Iterator[Problem]:
        keys: set[str] = set()
        branches = list(_groups(step.get("branches")))
        for index, branch in branches:
            here = place.at("branches", index)
            key = _text(branch.get("key"))
            if key in keys:
                yield here.at("key").problem(f"Two paths have the key “{key}”. Rename one of them.")
            keys.add(key)
            if not branch.get("rules") and (index, branch) != branches[-1]:
                title = title_of({**branch, "key": key})
                yield here.at("rules").problem(f"Add a rule to “{title}”, or make it the last path: it takes the rest.")
            yield from self._rules(branch.get("rules"), here.at("rules"))
            path = f"{place.path}{place.step}/{key}/"
            yield from self._steps(branch.get("steps"), replace(here.at("steps"), path=path))

    def _delay(self, step: Mapping[str, Any], place: Place) -> Iterator[Problem]:
        name = "until" if "until" in step else "for"
        value = step["until"] if name == "until" else _group(step.get("for")).get("amount")
        if value == "":
            yield place.at(name).problem("Say how long to wait.", name)
        yield from value_problems(value, place.at(name))

    def _loop(self, step: Mapping[str, Any], place: Place) -> Iterator[Problem]:
        if step.get("items") == "":
            yield place.at("items").problem("Choose the list to go through.", "items")
        yield from value_problems(step.get("items"), place.at("items"))
        visible = place.visible | {_text(step.get("key"))}
        path = f"{place.path}{place.step}/{LAST_ITERATION}/"
        yield from self._steps(step.get("steps"), replace(place.at("steps"), visible=visible, path=path))

    def _operation(self, holder: Mapping[str, Any]) -> Operation | None:
        return self.registry.find(_text(holder.get("operation")))

    def _connection(self, holder: Mapping[str, Any], operation: Operation, place: Place) -> Iterator[Problem]:
        connector = self.registry.connector(operation.connector)
        yield from self.accounts.problems(holder, operation, connector, place)

    def _rules(self, rules: Any, place: Place) -> Iterator[Problem]:
        for index, rule in _groups(rules):
            here = place.at(index)
            test = _text(rule.get("test"))
            yield from value_problems(rule.get("left"), here.at("left"))
            if test not in TESTS:
                yield here.at("test").problem(f"There is no test “{test}”. Use one of: {', '.join(TESTS)}.")
            elif TESTS[test].needs_right:
                yield from value_problems(rule.get("right", ""), here.at("right"))


def _group(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _groups(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The groups of fields in a list, with their places."""
    for index, entry in enumerate(value if isinstance(value, list) else ()):
        if isinstance(entry, Mapping):
            yield index, entry


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _inner_keys(step: Mapping[str, Any]) -> set[str]:
    """Keys of steps in branches, which later steps may use (with a default). Those inside a loop stay inside."""
    inner = [nested for _, branch in _groups(step.get("branches")) for _, nested in _groups(branch.get("steps"))]
    return {key for nested in inner for key in (_text(nested.get("key")), *_inner_keys(nested))}


def _position(problem: Problem) -> tuple[int, ...]:
    """Settings and trigger come first, then each step before the steps inside it."""
    return tuple(int(part) for part in problem.pointer.split("/") if part.isdecimal())


def _a(kind: str) -> str:
    return f"an {kind}" if kind == "action" else f"a {kind}"
