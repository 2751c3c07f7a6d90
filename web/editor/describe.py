"""Connectors, operations, filters and choices as JSON for the browser."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors._kit.filters import FILTERS, FilterInfo
from connectors._kit.labels import labelled
from connectors._kit.model import Connector, Operation, OperationKind
from connectors._kit.registry import Registry
from engine.connections import ConnectionRecord
from engine.definition.model import walk
from engine.definition.rules import TESTS
from engine.steps.operation import seen_output
from web import step_form

Json = dict[str, Any]
PICKED = {
    "trigger": (OperationKind.TRIGGER,),
    "step": (OperationKind.ACTION, OperationKind.SEARCH),
}
"""The kinds of operation that one picks where a trigger or a step is wanted."""


def connector(found: Connector) -> Json:
    """What cards and menus say about an app."""
    offered = {operation.kind for operation in found.operations.values()}
    return {
        "key": found.key,
        "name": found.name,
        "color": found.color,
        "resources": {key: resource.title for key, resource in found.resources.items()},
        "needs_connection": found.needs_connection,
        "works_without": found.works_without_connection,
        "offers": [wanted for wanted, kinds in PICKED.items() if offered.intersection(kinds)],
    }


def operation(found: Operation) -> Json:
    """What a card and a row of the picker say about an operation."""
    return {
        "id": found.id,
        "key": found.key,
        "resource": found.resource,
        "connector": found.connector,
        "kind": str(found.kind),
        "title": found.title,
        "description": found.description,
        "featured": found.featured,
        "beta": found.beta,
        "effect": found.effect,
        "mode": found.trigger.mode if found.trigger else None,
    }


def operation_in_full(found: Operation) -> Json:
    """Also what the step panel needs: the schemas, and the sample as later steps see it."""
    return {
        **operation(found),
        "input_schema": labelled(found.input_schema),
        "output_schema": found.output_schema,
        "sample": seen_output(found.kind, found.sample, found=True),
    }


def used_operations(definition: Mapping[str, Any], registry: Registry) -> dict[str, Json]:
    """By id, those that the definition names and that still exist."""
    names = [
        definition["trigger"]["operation"],
        *(step["operation"] for _, step in walk(definition) if "operation" in step),
    ]
    return {found.id: operation(found) for found in known(names, registry)}


def known(ids: Iterable[str], registry: Registry) -> list[Operation]:
    """The operations with these ids, each once; unknown ids are left out."""
    return [found for one in dict.fromkeys(ids) if (found := registry.find(one)) is not None]


def connections(records: Sequence[ConnectionRecord]) -> list[Json]:
    return [
        {"id": record.id, "name": record.name, "connector": record.connector, "status": record.status}
        for record in records
    ]


def filters() -> list[Json]:
    """Every filter with its arguments, in the order of the menu."""
    return [_filter(info) for info in FILTERS.values()]


def choices() -> Json:
    """The fixed choices of the step panel."""
    return {
        "tests": [{"key": key, "title": test.title, "needs_right": test.needs_right} for key, test in TESTS.items()],
        "units": list(step_form.UNITS),
        "uncertain": [list(pair) for pair in step_form.UNCERTAIN],
        "if_none": [list(pair) for pair in step_form.IF_NONE],
        "match": [list(pair) for pair in step_form.MATCH],
    }


def _filter(info: FilterInfo) -> Json:
    return {
        "name": info.name,
        "group": info.group,
        "title": info.title,
        "help": info.help,
        "example": {"template": info.example.template, "gives": info.example.gives},
        "arguments": [
            _argument(parameter) for parameter in list(inspect.signature(info.function).parameters.values())[1:]
        ],
    }


def _argument(parameter: inspect.Parameter) -> Json:
    optional = parameter.default is not inspect.Parameter.empty or parameter.kind is inspect.Parameter.VAR_POSITIONAL
    default = parameter.default if parameter.default is not inspect.Parameter.empty else None
    return {"name": parameter.name, "kind": _kind(str(parameter.annotation)), "optional": optional, "default": default}


def _kind(annotation: str) -> str:
    """number | boolean | text, or any: then what somebody writes decides."""
    known = {"int": "number", "bool": "boolean", "str": "text"}
    return known.get(annotation.partition(" ")[0], "any")
