"""What changed between two definitions, in words a person would use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.definition.model import title_of, walk


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `step` is None for the trigger and the settings; `field` is None for a step as a whole."""

    kind: Literal["added", "removed", "moved", "changed"]
    what: str
    step: str | None = None
    field: str | None = None
    before: Any = None
    after: Any = None


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Change]:
    """All changes from `before` to `after`: trigger, settings, then steps in the order of `after`."""
    return [
        *_fields("The trigger", None, before.get("trigger", {}), after.get("trigger", {})),
        *_settings(before.get("settings", {}), after.get("settings", {})),
        *_steps(before, after),
    ]


def _steps(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = _by_key(before), _by_key(after)
    for key, (_, step) in old.items():
        if key not in new:
            yield Change("removed", _title(step), key)
    moved = _moved(old, new)
    for key, (_, step) in new.items():
        if key not in old:
            yield Change("added", _title(step), key)
            continue
        if key in moved:
            yield Change("moved", _title(step), key)
        yield from _fields(_title(step), key, old[key][1], step)


def _moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """Steps in another body than before, or behind a step of their body that they stood before."""
    moved = {key for key in old if key in new and old[key][0] != new[key][0]}
    for body in {body for body, _ in new.values()}:
        stayed = [key for key in new if new[key][0] == body and key in old and key not in moved]
        in_order = _longest_common(stayed, [key for key in old if key in stayed])
        moved |= set(stayed) - in_order
    return moved


def _longest_common(first: Sequence[str], second: Sequence[str]) -> set[str]:
    """The keys of a longest common subsequence of two orders of the same keys."""
    position = {key: index for index, key in enumerate(second)}
    best: list[list[str]] = []  # best[n]: the chain of n+1 keys whose last key stands furthest to the front
    for key in first:
        place = next((n for n, chain in enumerate(best) if position[chain[-1]] > position[key]), len(best))
        chain = [*(best[place - 1] if place else []), key]
        best[place : place + 1] = [chain]
    return set(best[-1]) if best else set()


def _fields(what: str, key: str | None, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Changed fields of a step; those inside its input one by one."""
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old == new or name in ("steps", "key"):
            continue
        if name == "branches":
            yield from _branches(what, key, old or [], new or [])
        elif name == "input":
            for field in dict.fromkeys([*(old or {}), *(new or {})]):
                if (old or {}).get(field) != (new or {}).get(field):
                    yield Change("changed", what, key, field, (old or {}).get(field), (new or {}).get(field))
        else:
            yield Change("changed", what, key, name, old, new)


def _branches(what: str, key: str | None, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    old = {branch["key"]: branch for branch in before}
    new = {branch["key"]: branch for branch in after}
    for name in dict.fromkeys([*old, *new]):
        label = f"{what}: {_title(new.get(name) or old[name])}"
        if name not in new:
            yield Change("removed", label, key)
        elif name not in old:
            yield Change("added", label, key)
        else:
            yield from _fields(label, key, old[name], new[name])
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield Change("moved", f"{what}: its paths", key)


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        title = str((new or old or {}).get("title", name))
        if old is None or new is None:
            yield Change("added" if old is None else "removed", f"The setting “{title}”")
        else:
            yield from _fields(f"The setting “{title}”", None, old, new)


def _by_key(definition: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Step key → (the body it stands in, the step), in order of appearance."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    bodies = {"/steps": ""}
    for pointer, step in walk(definition):
        for number, branch in enumerate(step.get("branches", [])):
            bodies[f"{pointer}/branches/{number}/steps"] = f"{step['key']}/{branch['key']}"
        bodies[f"{pointer}/steps"] = step["key"]
        found[step["key"]] = bodies[pointer.rpartition("/")[0]], step
    return found


def _title(holder: Mapping[str, Any]) -> str:
    return f"“{title_of(holder)}”"
