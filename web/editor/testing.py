"""Tries one step with sample data, in the words of the Test tab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors._kit.errors import UnknownOperation
from engine.assembly import Stepline
from engine.errors import Invalid, NotFound, Problem
from engine.step_tests import StepTest
from web.editor import preview

Json = dict[str, Any]
Scope = Mapping[str, Any]


async def try_operation(engine: Stepline, workflow_id: str, key: str, scope: Scope, *, dry: bool) -> Json:
    """An action or search of the stored draft with the browser's sample data. Raises NotFound or Refused."""
    try:
        test = await engine.step_tests.try_step(
            workflow_id, key, dry=dry, trigger=scope.get("trigger"), outputs=scope.get("steps")
        )
    except UnknownOperation as error:
        raise NotFound("This operation no longer exists. Choose another one.", error.id) from None
    return _as_json(test)


def try_own(step: Mapping[str, Any], scope: Scope) -> Json:
    """A filter, paths, a delay or a loop: what it would decide. Raises Invalid."""
    match step["kind"]:
        case "filter":
            verdict = preview.verdict(step["rules"], step.get("match", "all"), scope)
            return {"ok": True, "output": {"goes_on": bool(verdict and verdict["together"])}, "verdict": verdict}
        case "paths":
            return {"ok": True, "output": {"branches": _taken(step, scope)}}
        case "delay":
            return {"ok": True, "output": preview.rendered(step.get("for") or {"until": step.get("until", "")}, scope)}
    items = preview.rendered(step["items"], scope)
    if not isinstance(items, list):
        raise Invalid("A loop needs a list. Choose a field that holds one.", [Problem("Choose a list.", "/items")])
    return {"ok": True, "output": {"count": len(items), "item": items[0] if items else None}}


def _as_json(test: StepTest) -> Json:
    return {
        "ok": test.ok,
        "input": test.input,
        "output": test.output,
        "failure": test.failure.as_dict() if test.failure else None,
        "field": test.field,
        "simulated": test.simulated,
        "exchanges": [exchange.as_dict() for exchange in test.exchanges],
        "mismatches": [{"pointer": found.pointer, "message": found.message} for found in test.mismatches],
    }


def _taken(step: Mapping[str, Any], scope: Scope) -> list[str]:
    """Keys of the branches that this data takes."""
    taken: list[str] = []
    for branch in step["branches"]:
        rules = branch.get("rules")
        if taken and (step.get("take", "first") == "first" or not rules):
            continue
        verdict = preview.verdict(rules, branch.get("match", "all"), scope) if rules else None
        if not rules or (verdict and verdict["together"]):
            taken.append(branch["key"])
    return taken
