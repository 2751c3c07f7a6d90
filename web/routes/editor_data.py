"""What the editor asks while somebody works in it: operations, choices, sample data, previews, tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from connectors._kit.errors import InputInvalid, OperationFailed
from engine.assembly import Stepline
from engine.errors import Invalid
from web.deps import Engine, SignedIn
from web.editor import choices, describe, drafts, matching, preview, samples, testing
from web.schedules import next_starts

router = APIRouter(prefix="/workflows/{workflow_id}/edit")
FOUND = 60
"""Hits of a search that are worth showing."""
EVERYTHING = 10_000


class Wanted(BaseModel):
    """Which choices a dropdown needs. `source`: the input of its `x-options`; `given`: the step's other fields."""

    operation: str
    connection: str | None = None
    source: dict[str, Any] = {}
    given: dict[str, Any] = {}
    text: str = ""
    offset: int = 0


class Preview(BaseModel):
    """A JSON value with templates, and the sample data. With `operation`, `value` is its input."""

    value: Any
    scope: dict[str, Any]
    operation: str | None = None
    match: Literal["all", "any"] | None = None
    """Then `value` is a list of rules that are judged together."""


class Known(BaseModel):
    """A value of an earlier step; see matching.Datum."""

    expression: str
    path: list[str]
    type: str
    optional: bool = False
    app: str = ""


class Clock(BaseModel):
    """A trigger that runs by the clock, with what its fields hold."""

    operation: str
    input: dict[str, Any] = {}


class Match(BaseModel):
    operation: str
    connection: str | None = None
    input: dict[str, Any] = {}
    data: list[Known]


class Test(BaseModel):
    """An action or search is tested as it stands in the stored draft, another step as `step` says."""

    step: dict[str, Any]
    scope: dict[str, Any]
    dry: bool = True


class Clipboard(BaseModel):
    steps: list[Any]


@router.get("/search")
def search(
    user: SignedIn, engine: Engine, q: str = "", kind: Literal["trigger", "step"] = "step", connector: str | None = None
) -> Response:
    """Operations for the picker, best first: triggers only where a trigger fits."""
    found = engine.registry.search(q, connector=connector, limit=EVERYTHING)
    fitting = [operation for operation in found if operation.kind in describe.PICKED[kind]]
    return _json({"operations": [describe.operation(operation) for operation in fitting[: FOUND if q else None]]})


@router.get("/operations")
def read_operations(user: SignedIn, engine: Engine, id: Annotated[list[str], Query()]) -> Response:
    """Operations in full, by id; unknown ones are left out."""
    return _json({found.id: describe.operation_in_full(found) for found in describe.known(id, engine.registry)})


@router.post("/options")
async def list_options(user: SignedIn, engine: Engine, wanted: Wanted) -> Response:
    try:
        found = await choices.look_up(
            engine,
            wanted.operation,
            wanted.connection,
            wanted.given,
            source=wanted.source,
            text=wanted.text,
            offset=wanted.offset,
        )
    except InputInvalid as error:
        raise Invalid(str(error)) from error
    return _json(found)


@router.post("/preview")
def show_preview(user: SignedIn, engine: Engine, wanted: Preview) -> Response:
    """Every text with an expression, resolved; what the operation would not take; how rules judge."""
    answer: dict[str, Any] = {"shown": [one.as_dict() for one in preview.shown(wanted.value, wanted.scope)]}
    operation = engine.registry.find(wanted.operation or "")
    if operation is not None and isinstance(wanted.value, dict):
        answer["misfits"] = preview.misfits(operation, wanted.value, wanted.scope)
    if wanted.match and isinstance(wanted.value, list):
        answer["verdict"] = preview.verdict(wanted.value, wanted.match, wanted.scope)
    return _json(answer)


@router.post("/times")
def list_times(user: SignedIn, engine: Engine, clock: Clock) -> Response:
    """When the trigger would start next, in words; none while a field holds what it cannot."""
    found = next_starts(engine.registry, clock.model_dump(), engine.clock())
    return _json({"times": found.times if found else [], "zone": found.zone if found else ""})


@router.post("/match")
async def match_fields(user: SignedIn, engine: Engine, wanted: Match) -> Response:
    """Field name → value, for the fields that are still empty; custom fields by the names they have in the app."""
    operation = engine.registry.find(wanted.operation)
    if operation is None:
        return _json({"fields": {}})
    data = [matching.Datum(one.expression, tuple(one.path), one.type, one.optional, one.app) for one in wanted.data]
    fields = matching.suggest(operation.input_schema, data, wanted.input, operation.connector)
    for name, source in matching.custom_fields(operation.input_schema).items():
        taken = wanted.input.get(name) or {}
        if wanted.connection and isinstance(taken, dict):
            own = matching.suggest_custom(await _named(engine, source, wanted), data, taken)
            fields |= {name: {**taken, **own}} if own else {}
    return _json({"fields": fields})


async def _named(engine: Stepline, source: Mapping[str, Any], wanted: Match) -> list[dict[str, Any]]:
    """The app's own list of custom fields; none when the app cannot be asked now."""
    try:
        found = await choices.look_up(
            engine, source["operation"], wanted.connection, wanted.input, source=source.get("input", {})
        )
    except (OperationFailed, Invalid):
        return []
    options: list[dict[str, Any]] = found["options"]
    return options


@router.post("/paste")
def check_paste(user: SignedIn, engine: Engine, clipboard: Clipboard) -> Response:
    """Steps from a clipboard in the form in which they can be put in; 422 when they are none."""
    try:
        steps = drafts.pasted(clipboard.steps, engine.connections.connector_by_id())
    except Invalid:
        raise Invalid("What is on the clipboard are no steps of a workflow.") from None
    return _json({"steps": steps, "operations": describe.used_operations(_holding(steps), engine.registry)})


@router.get("/samples")
def read_samples(user: SignedIn, engine: Engine, workflow_id: str, run: str | None = None) -> Response:
    return _json(samples.of_workflow(engine, engine.workflows.get(workflow_id), run))


@router.post("/test-step")
async def test_step(user: SignedIn, engine: Engine, workflow_id: str, test: Test) -> Response:
    """Try one step. Without `dry`, an action is really carried out in the other app."""
    try:
        if test.step.get("kind") in describe.PICKED["step"]:
            result = await testing.try_operation(engine, workflow_id, str(test.step["key"]), test.scope, dry=test.dry)
        else:
            drafts.must_have_shape({"trigger": {"operation": "a.b.c"}, "steps": [test.step]})
            result = testing.try_own(test.step, test.scope)
    except Invalid as refused:
        problems = [problem.as_dict() for problem in refused.problems]
        return _json({"ok": False, "failure": {"message": refused.message, "remedy": ""}, "problems": problems})
    return _json(result)


def _holding(steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"trigger": {"operation": ""}, "steps": steps}


def _json(content: Any) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})
