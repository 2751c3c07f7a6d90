"""Everything that keeps a definition from running, found at once: by JSON pointer, step and field."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors._kit.errors import ExpressionError, ExpressionSyntaxError, InputInvalid, UnknownOperation
from connectors._kit.expressions import Template, compile_template
from connectors._kit.model import Connector, Operation
from connectors._kit.registry import Registry
from connectors._kit.schema import CompiledSchema, compile_schema
from engine.definition.model import setting_value, trigger_input
from engine.definition.rules import TESTS
from engine.errors import Problem

SCHEMA_FILE = Path(__file__).with_name("definition.schema.json")
ROOTS = ("trigger", "steps", "workflow", "run")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the definition we are: the steps whose output can be used here, and the step being checked."""

    pointer: str
    visible: frozenset[str]
    settings: frozenset[str]
    step: str | None = None

    def at(self, *parts: str | int) -> _Place:
        pointer = "/".join([self.pointer, *(str(part) for part in parts)])
        return _Place(pointer, self.visible, self.settings, self.step)

    def problem(self, message: str, field: str | None = None) -> Problem:
        return Problem(message, self.pointer, self.step, field)


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
        self._schema = compile_schema(json.loads(SCHEMA_FILE.read_text()))

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
        shape = [
            Problem(p.message, p.pointer, _step_at(definition, p.pointer)) for p in self._schema.problems(definition)
        ]
        if shape:
            return shape
        if connections is not None:
            return list(_Check(self._registry, connections, {}, definition, values_needed).problems())
        known, granted = self._connections(), self._granted()
        return list(_Check(self._registry, known, granted, definition, values_needed).problems())


@dataclass
class _Check:
    registry: Registry
    connections: Mapping[str, str]
    granted: Mapping[str, Collection[str]]
    definition: Mapping[str, Any]
    values_needed: bool
    keys: set[str] = field(default_factory=set)

    def problems(self) -> Iterator[Problem]:
        settings = self.definition.get("settings", {})
        place = _Place("", frozenset(), frozenset(settings))
        yield from self._settings(settings, place)
        yield from self._trigger(self.definition["trigger"], place.at("trigger"))
        yield from self._steps(self.definition["steps"], place.at("steps"))

    def _settings(self, settings: Mapping[str, Any], place: _Place) -> Iterator[Problem]:
        for key, setting in settings.items():
            if self.values_needed and setting.get("required", True) and setting_value(setting) in (None, ""):
                yield place.at("settings", key, "value").problem(f"Choose a value for “{setting['title']}”.", key)

    def _trigger(self, trigger: Mapping[str, Any], place: _Place) -> Iterator[Problem]:
        operation = self._operation(trigger["operation"])
        if operation is None:
            yield place.at("operation").problem(f"There is no trigger “{trigger['operation']}”. Choose another one.")
        elif operation.trigger is None:
            yield place.at("operation").problem(f"“{operation.title}” cannot start a workflow. Choose a trigger.")
        else:
            yield from self._connection(trigger, operation, place)
            problems = list(self._input(trigger.get("input", {}), operation, place, only=("workflow.settings",)))
            yield from problems
            if self.values_needed and not problems:
                yield from self._evaluated(place)

    def _evaluated(self, place: _Place) -> Iterator[Problem]:
        """The settings are known now, so nothing is left that could go wrong when an event comes."""
        try:
            trigger_input(self.definition)
        except ExpressionError as error:
            yield place.at("input").problem(f"The trigger cannot be set up like this: {error}")

    def _steps(self, steps: Sequence[Mapping[str, Any]], place: _Place) -> Iterator[Problem]:
        visible = place.visible
        for index, step in enumerate(steps):
            here = _Place(f"{place.pointer}/{index}", visible, place.settings, step["key"])
            if step["key"] in self.keys:
                yield here.at("key").problem(f"Two steps have the key “{step['key']}”. Rename one of them.")
            self.keys.add(step["key"])
            yield from getattr(self, f"_{step['kind']}")(step, here)
            visible |= {step["key"], *_inner_keys(step)}

    def _action(self, step: Mapping[str, Any], place: _Place) -> Iterator[Problem]:
        operation = self._operation(step["operation"])
        if operation is None:
            yield place.at("operation").problem(f"There is no operation “{step['operation']}”. Choose another one.")
        elif operation.kind != step["kind"]:
            yield place.at("operation").problem(f"“{operation.title}” is not {_a(step['kind'])}. Choose another one.")
        else:
            yield from self._connection(step, operation, place)
            yield from self._input(step.get("input", {}), operation, place)

    _search = _action

    def _filter(self, step: Mapping[str, Any], place: _Place) -> Iterator[Problem]:
        if not step["rules"]:
            yield place.at("rules").problem("Add a rule, or remove this filter.")
        yield from self._rules(step["rules"], place.at("rules"))

    def _paths(self, step: Mapping[str, Any], place: _Place) -> Iterator[Problem]:
        keys: set[str] = set()
        for index, branch in enumerate(step["branches"]):
            here = place.at("branches", index)
            if branch["key"] in keys:
                yield here.at("key").problem(f"Two paths have the key “{branch['key']}”. Rename one of them.")
            keys.add(branch["key"])
            yield from self._rules(branch.get("rules", []), here.at("rules"))
            yield from self._steps(branch["steps"], here.at("steps"))

    def _delay(self, step: Mapping[str, Any], place: _Place) -> Iterator[Problem]:
        name = "until" if "until" in step else "for"
        value = step["until"] if name == "until" else step["for"]["amount"]
        if value == "":
            yield place.at(name).problem("Say how long to wait.", name)
        yield from self._value(value, place.at(name))

    def _loop(self, step: Mapping[str, Any], place: _Place) -> Iterator[Problem]:
        yield from self._value(step["items"], place.at("items"))
        inner = _Place(f"{place.pointer}/steps", place.visible | {step["key"]}, place.settings, step["key"])
        yield from self._steps(step["steps"], inner)

    def _operation(self, operation_id: str) -> Operation | None:
        try:
            return self.registry.operation(operation_id)
        except UnknownOperation:
            return None

    def _connection(self, holder: Mapping[str, Any], operation: Operation, place: _Place) -> Iterator[Problem]:
        connector = self.registry.connector(operation.connector)
        chosen = holder.get("connection")
        here = place.at("connection")
        if not chosen:
            listens_itself = operation.trigger is not None and operation.trigger.mode == "catch"
            if not connector.works_without_connection and not listens_itself:
                yield here.problem(f"Choose the {connector.name} account to use.", "connection")
        elif chosen not in self.connections:
            yield here.problem(f"The {connector.name} account chosen here no longer exists. Choose one.", "connection")
        elif self.connections[chosen] != connector.key:
            yield here.problem(f"The account chosen here is not a {connector.name} account.", "connection")
        else:
            granted = self.granted.get(chosen, operation.scopes)
            if lacking := [scope for scope in operation.scopes if scope not in granted]:
                yield here.problem(_not_granted(operation, connector, lacking), "connection")

    def _input(
        self, values: Mapping[str, Any], operation: Operation, place: _Place, only: Sequence[str] = ROOTS
    ) -> Iterator[Problem]:
        fields = operation.input_schema.get("properties", {})
        for name in operation.input_schema.get("required", []):
            if values.get(name) in (None, ""):
                title = fields.get(name, {}).get("title", name)
                yield place.at("input", name).problem(f"“{title}” is required.", name)
        closed = operation.input_schema.get("additionalProperties") is False
        for name, value in values.items():
            here = place.at("input", _escape(name))
            if name not in fields and closed:
                yield here.problem(f"“{operation.title}” has no field “{name}”. Remove it.", name)
            else:
                yield from self._value(value, here, fields.get(name), name, only)

    def _rules(self, rules: Sequence[Mapping[str, Any]], place: _Place) -> Iterator[Problem]:
        for index, rule in enumerate(rules):
            here = place.at(index)
            yield from self._value(rule["left"], here.at("left"))
            if rule["test"] not in TESTS:
                yield here.at("test").problem(f"There is no test “{rule['test']}”. Use one of: {', '.join(TESTS)}.")
            elif TESTS[rule["test"]].needs_right:
                yield from self._value(rule.get("right", ""), here.at("right"))

    def _value(
        self,
        value: Any,
        place: _Place,
        schema: Mapping[str, Any] | None = None,
        field: str | None = None,
        only: Sequence[str] = ROOTS,
    ) -> Iterator[Problem]:
        try:
            template = compile_template(value)
        except ExpressionSyntaxError as error:
            yield place.problem(f"This expression cannot be read: {error}", field)
            return
        if template.is_static:
            yield from self._static(value, place, schema, field)
        else:
            yield from self._references(template, place, field, only)

    @staticmethod
    def _static(value: Any, place: _Place, schema: Mapping[str, Any] | None, field: str | None) -> Iterator[Problem]:
        if schema is None or value in (None, ""):
            return
        compiled = CompiledSchema({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"})
        for problem in _misfits(compiled, value):
            yield Problem(problem.message, f"{place.pointer}{problem.pointer}", place.step, field)

    @staticmethod
    def _references(template: Template, place: _Place, field: str | None, only: Sequence[str]) -> Iterator[Problem]:
        for path in template.references():
            root, *rest = path.split(".")
            if not any(f"{path}.".startswith(f"{start}.") for start in only):
                choices = ", ".join(only)
                yield place.problem(f"{{{{ {path} }}}} cannot be used here; values start with: {choices}.", field)
            elif root == "steps" and rest and rest[0] not in place.visible:
                yield place.problem(f"{{{{ {path} }}}}: no step “{rest[0]}” comes before this one.", field)
            elif rest[:1] == ["settings"] and rest[1:] and rest[1] not in place.settings:
                yield place.problem(f"{{{{ {path} }}}}: this workflow has no setting “{rest[1]}”.", field)


def _misfits(compiled: CompiledSchema, value: Any) -> Sequence[Any]:
    try:
        compiled.accept(value)
    except InputInvalid as error:
        return error.problems
    return ()


def _not_granted(operation: Operation, connector: Connector, scopes: Sequence[str]) -> str:
    noun = "the permission" if len(scopes) == 1 else "the permissions"
    return (
        f"“{operation.title}” needs {noun} {', '.join(scopes)}, which {connector.name} did not grant to the account "
        "chosen here. Open the connection, ask for it and connect again."
    )


def _inner_keys(step: Mapping[str, Any]) -> set[str]:
    """Keys of steps in branches, which later steps may use (with a default). Those inside a loop stay inside."""
    inner = [nested for branch in step.get("branches", []) for nested in branch["steps"]]
    return {key for nested in inner for key in (nested["key"], *_inner_keys(nested))}


def _step_at(definition: Mapping[str, Any], pointer: str) -> str | None:
    """The key of the innermost step that a JSON pointer lies in."""
    value: Any = definition
    key = None
    for part in pointer.split("/")[1:]:
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            break
        if isinstance(value, dict) and "kind" in value and isinstance(value.get("key"), str):
            key = value["key"]
    return key


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _a(kind: str) -> str:
    return f"an {kind}" if kind == "action" else f"a {kind}"
