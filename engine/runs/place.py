"""Where a step run stands in the definition: its path names branches and iterations too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """`step` is the step's JSON, empty when the definition has no such step."""

    step: Mapping[str, Any]
    depth: int
    iteration: int | None


def place_of(definition: Mapping[str, Any], path: str) -> Place:
    """`split/vip/send` is step `send` in branch `vip` of step `split`; `each/3/send` is in iteration 3 of `each`."""
    parts = path.split("/")
    steps = definition.get("steps", [])
    depth, iteration = 0, None
    while True:
        step = _by_key(steps, parts[0])
        if len(parts) < 3:
            return Place(step, depth, iteration)
        if parts[1].isdecimal() and "branches" not in step:
            steps, iteration = step.get("steps", []), int(parts[1])
        else:
            steps, iteration = _by_key(step.get("branches", []), parts[1]).get("steps", []), None
        parts, depth = parts[2:], depth + 1


def _by_key(items: list[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    return next((item for item in items if item.get("key") == key), {})
