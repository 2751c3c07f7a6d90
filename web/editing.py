"""Changes to a draft's steps. Each function takes a definition and returns a changed copy."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.definition.model import walk
from engine.errors import NotFound, Refused

Definition = Mapping[str, Any]
Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a step stands: the list it is in, by JSON pointer, and its index there."""

    pointer: str
    index: int


def step(definition: Definition, key: str) -> Step:
    """Raises NotFound."""
    return _found(definition, key)[1]


def spot(definition: Definition, key: str) -> Spot:
    pointer = _found(definition, key)[0]
    inside, _, index = pointer.rpartition("/")
    return Spot(inside, int(index))


def replaced(definition: Definition, key: str, new: Step) -> dict[str, Any]:
    changed = copy.deepcopy(dict(definition))
    where = spot(changed, key)
    _list(changed, where.pointer)[where.index] = new
    return changed


def inserted(definition: Definition, where: Spot, new: Step) -> dict[str, Any]:
    changed = copy.deepcopy(dict(definition))
    _list(changed, where.pointer).insert(where.index, new)
    return changed


def removed(definition: Definition, key: str) -> dict[str, Any]:
    changed = copy.deepcopy(dict(definition))
    where = spot(changed, key)
    del _list(changed, where.pointer)[where.index]
    return changed


def moved(definition: Definition, key: str, by: int) -> dict[str, Any]:
    """One place up (-1) or down (+1) in its own list. Raises Refused at the end of the list."""
    changed = copy.deepcopy(dict(definition))
    where = spot(changed, key)
    steps = _list(changed, where.pointer)
    target = where.index + by
    if not 0 <= target < len(steps):
        raise Refused("This step cannot go further in this direction.")
    steps[where.index], steps[target] = steps[target], steps[where.index]
    return changed


def duplicated(definition: Definition, key: str) -> tuple[dict[str, Any], str]:
    """A copy right below, with keys of its own; returns the copy's key too."""
    twin = copy.deepcopy(step(definition, key))
    taken = keys(definition)
    for inner in _with_inner(twin):
        inner["key"] = _free(inner["key"], taken)
        taken.add(inner["key"])
    where = spot(definition, key)
    return inserted(definition, Spot(where.pointer, where.index + 1), twin), twin["key"]


def keys(definition: Definition) -> set[str]:
    return {found["key"] for _, found in walk(definition)}


def new_key(definition: Definition, wish: str) -> str:
    """A key like `wish` that no step has yet."""
    clean = re.sub(r"[^a-z0-9]+", "_", wish.lower()).strip("_") or "step"
    if not clean[0].isalpha():
        clean = f"step_{clean}"
    return _free(clean[:36], keys(definition))


def _free(wish: str, taken: set[str]) -> str:
    if wish not in taken:
        return wish
    base = re.sub(r"_\d+$", "", wish)[:36]
    number = 2
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"


def _with_inner(outer: Step) -> list[Step]:
    return [outer, *(found for _, found in walk({"steps": [outer]}) if found is not outer)]


def _found(definition: Definition, key: str) -> tuple[str, Step]:
    for pointer, found in walk(definition):
        if found["key"] == key:
            return pointer, found
    raise NotFound("This step no longer exists.", key)


def _list(definition: dict[str, Any], pointer: str) -> list[Step]:
    """The list of steps at a pointer such as `/steps/2/branches/0/steps`. Raises NotFound."""
    place: Any = definition
    try:
        for part in pointer.split("/")[1:]:
            place = place[int(part)] if isinstance(place, list) else place[part]
    except (KeyError, IndexError, ValueError, TypeError):
        place = None
    if not isinstance(place, list) or not pointer.endswith("/steps"):
        raise NotFound("This place in the workflow no longer exists.", pointer)
    return place
