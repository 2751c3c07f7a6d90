"""The shape that every definition has, finished or not: what `definition.schema.json` says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from connectors._kit.schema import CompiledSchema, compile_schema
from engine.errors import Problem

SCHEMA_FILE = Path(__file__).with_name("definition.schema.json")


def shape_problems(definition: Mapping[str, Any]) -> Sequence[Problem]:
    """Each with its step and field; empty when pages and the runner can read the definition."""
    return [_problem(definition, found.pointer, found.message) for found in _schema().problems(definition)]


@cache
def _schema() -> CompiledSchema:
    return compile_schema(json.loads(SCHEMA_FILE.read_text()))


def _problem(definition: Mapping[str, Any], pointer: str, message: str) -> Problem:
    """With the innermost step that `pointer` lies in, and the field as the pointer within that step."""
    value: Any = definition
    parts = pointer.split("/")[1:]
    step, field = None, "/".join(parts)
    for index, part in enumerate(parts):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            break
        if index and parts[index - 1] == "steps" and isinstance(value, Mapping):
            key = value.get("key")
            step, field = key if isinstance(key, str) and key else None, "/".join(parts[index + 1 :])
    return Problem(message, pointer, step, field or None)
