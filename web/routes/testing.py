"""Testing a workflow before it is live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from engine.errors import NotReady
from web.deps import Engine, SignedIn
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render
from web.step_form import operation_of
from web.templating import pretty

router = APIRouter()


@router.get("/workflows/{workflow_id}/test")
def show_test(request: Request, user: SignedIn, engine: Engine, workflow_id: str, data: str = "last") -> Response:
    last = engine.samples.last_trigger(workflow_id)
    workflow = engine.workflows.get(workflow_id)
    payload = last if last is not None and data == "last" else _sample(engine, workflow.draft)
    return _form(request, engine, workflow_id, pretty(payload), has_last=last is not None, data=data)


@router.post("/workflows/{workflow_id}/test")
async def start_test(request: Request, user: SignedIn, engine: Engine, workflow_id: str, form: Posted) -> Response:
    text = first(form, "payload")
    try:
        payload = json.loads(text)
    except ValueError as error:
        problem = f"This is not valid JSON: {error}"
        return await run_in_threadpool(_form, request, engine, workflow_id, text, problem=problem)
    mode: Literal["test", "dry"] = "test" if first(form, "mode") == "test" else "dry"
    try:
        version = await run_in_threadpool(engine.versions.snapshot, workflow_id)
    except NotReady as refused:
        return redirect(request, f"/workflows/{workflow_id}", Flash(refused.message, "bad"))
    accepted = await engine.run_control.start(workflow_id, version.id, payload, mode=mode)
    return redirect(request, f"/runs/{accepted.run_ids[0]}")


def _form(
    request: Request,
    engine: Stepline,
    workflow_id: str,
    text: str,
    *,
    problem: str = "",
    has_last: bool = False,
    data: str = "last",
) -> Response:
    return render(
        request,
        "workflows/test.html",
        status_code=422 if problem else 200,
        tab="steps",
        workflow=engine.workflows.get(workflow_id),
        problems=engine.versions.problems(workflow_id),
        payload=text,
        problem=problem,
        has_last=has_last,
        data=data,
    )


def _sample(engine: Stepline, definition: Mapping[str, Any]) -> Any:
    """The trigger's example data."""
    found = operation_of(definition["trigger"], engine.registry)
    return found.sample if found is not None and found.sample is not None else {}
