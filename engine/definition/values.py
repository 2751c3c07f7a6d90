"""What is wrong with the values of a step: its account, its fields, and the expressions in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors._kit.errors import ExpressionSyntaxError
from connectors._kit.expressions import Template, compile_template
from connectors._kit.model import Connector, Operation
from connectors._kit.pointers import pointer
from connectors._kit.redact import holds_key
from connectors._kit.schema import compile_schema
from connectors._kit.wording import one_of_these
from engine.errors import Problem

KEY_IN_SIGHT = (
    "A key or password would stand here for everybody to read. Choose or add a connection for it: there it is stored "
    "encrypted."
)
ROOTS = ("trigger", "steps", "workflow", "run")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the definition we are: the steps whose output can be used here, and the step being checked.

    `path` is what the paths of the steps here begin with in a run, the longest one.
    """

    pointer: str
    visible: frozenset[str]
    settings: frozenset[str]
    step: str | None = None
    path: str = ""

    def at(self, *parts: str | int) -> Place:
        return replace(self, pointer=self.pointer + pointer(*parts))

    def problem(self, message: str, field: str | None = None) -> Problem:
        return Problem(message, self.pointer, self.step, field)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The connector key of every connection that may be named, by its id, and the permissions (scopes) of those whose
    service says which it granted."""

    connectors: Mapping[str, str]
    granted: Mapping[str, Collection[str]]

    def problems(
        self, holder: Mapping[str, Any], operation: Operation, connector: Connector, place: Place
    ) -> Iterator[Problem]:
        """What is wrong with the account that a trigger or step uses for `operation`."""
        chosen = holder.get("connection")
        here = place.at("connection")
        if not chosen:
            listens_itself = operation.trigger is not None and operation.trigger.mode == "catch"
            if not connector.works_without_connection and not listens_itself:
                yield here.problem(f"Choose the {connector.name} account to use.", "connection")
        elif not isinstance(chosen, str) or chosen not in self.connectors:
            yield here.problem(f"The {connector.name} account chosen here no longer exists. Choose one.", "connection")
        elif self.connectors[chosen] != connector.key:
            yield here.problem(f"The account chosen here is not a {connector.name} account.", "connection")
        else:
            granted = self.granted.get(chosen, operation.scopes)
            if lacking := [scope for scope in operation.scopes if scope not in granted]:
                yield here.problem(_not_granted(operation, connector, lacking), "connection")


def input_problems(values: Any, operation: Operation, place: Place, only: Sequence[str] = ROOTS) -> Iterator[Problem]:
    """`place` is the step's. Values that are no fields at all are the shape's problem."""
    if not isinstance(values, Mapping):
        return
    fields = operation.input_schema.get("properties", {})
    for name in operation.input_schema.get("required", []):
        if values.get(name) in (None, ""):
            title = fields.get(name, {}).get("title", name)
            yield place.at("input", name).problem(f"“{title}” is required.", name)
    yield from _lacking(values, operation.input_schema, place)
    closed = operation.input_schema.get("additionalProperties") is False
    for name, value in values.items():
        here = place.at("input", name)
        if name not in fields and closed:
            yield here.problem(f"“{operation.title}” has no field “{name}”. Remove it.", name)
        else:
            yield from value_problems(value, here, fields.get(name), name, only)


def _lacking(values: Mapping[str, Any], schema: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    """Where one of several fields must be there: which. Their values may be anything yet."""
    if not one_of_these(schema.get("anyOf", [{}])):
        return
    titles = {name: {"title": field.get("title", name)} for name, field in schema.get("properties", {}).items()}
    given = {name: value for name, value in values.items() if value not in (None, "")}
    for problem in compile_schema({"anyOf": schema["anyOf"], "properties": titles}).objections(given):
        yield place.at("input").problem(problem.message)


def value_problems(
    value: Any,
    place: Place,
    schema: Mapping[str, Any] | None = None,
    field: str | None = None,
    only: Sequence[str] = ROOTS,
) -> Iterator[Problem]:
    """Of a value that may hold expressions, which start with one of `only`."""
    if schema and schema.get("x-no-keys") and holds_key(value):
        yield place.problem(KEY_IN_SIGHT, field)
    try:
        template = compile_template(value)
    except ExpressionSyntaxError as error:
        yield place.problem(f"This expression cannot be read: {error}", field)
        return
    if template.is_static:
        yield from _static(value, place, schema, field)
        return
    yield from _references(template, place, field, only)
    if isinstance(value, Mapping) and schema and "propertyNames" in schema:  # names are never expressions
        yield from _static(value, place, {"propertyNames": schema["propertyNames"]}, field)


def _static(value: Any, place: Place, schema: Mapping[str, Any] | None, field: str | None) -> Iterator[Problem]:
    if schema is None or value in (None, ""):
        return
    for problem in compile_schema(schema).objections(value):
        yield Problem(problem.message, f"{place.pointer}{problem.pointer}", place.step, field)


def _references(template: Template, place: Place, field: str | None, only: Sequence[str]) -> Iterator[Problem]:
    for path in template.references():
        root, *rest = path.split(".")
        if not any(f"{path}.".startswith(f"{start}.") for start in only):
            choices = ", ".join(only)
            yield place.problem(f"{{{{ {path} }}}} cannot be used here; values start with: {choices}.", field)
        elif root == "steps" and rest and rest[0] not in place.visible:
            yield place.problem(f"{{{{ {path} }}}}: no step “{rest[0]}” comes before this one.", field)
        elif rest[:1] == ["settings"] and rest[1:] and rest[1] not in place.settings:
            yield place.problem(f"{{{{ {path} }}}}: this workflow has no setting “{rest[1]}”.", field)


def _not_granted(operation: Operation, connector: Connector, scopes: Sequence[str]) -> str:
    noun = "the permission" if len(scopes) == 1 else "the permissions"
    return (
        f"“{operation.title}” needs {noun} {', '.join(scopes)}, which {connector.name} did not grant to the account "
        "chosen here. Open the connection, ask for it and connect again."
    )
