"""Running again what has run before: from the start or from where it stopped, on this version or the newest,
with the same data or with other data."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from web.deps import Engine, SignedIn
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render
from web.templating import pretty

router = APIRouter()


@router.get("/runs/{run_id}/replay")
def ask(request: Request, user: SignedIn, engine: Engine, run_id: str) -> Response:
    return _form(request, engine, run_id, pretty(engine.samples.trigger_of(run_id)))


@router.post("/runs/{run_id}/replay")
async def replay(request: Request, user: SignedIn, engine: Engine, run_id: str, form: Posted) -> Response:
    text = first(form, "payload")
    changed: Any = None
    if text.strip():
        try:
            given = json.loads(text)
        except ValueError as error:
            problem = f"This is not valid JSON: {error}"
            return await run_in_threadpool(_form, request, engine, run_id, text, problem=problem)
        known = await run_in_threadpool(engine.samples.trigger_of, run_id)
        changed = given if given != known else None
    accepted = await engine.run_control.replay(
        run_id,
        from_step=first(form, "from") == "step" and changed is None,
        newest_version=first(form, "version") == "newest",
        payload=changed,
    )
    words = "Started again with other data." if changed is not None else "Started again."
    return redirect(request, f"/runs/{accepted.run_ids[0]}", Flash(words))


def _form(request: Request, engine: Stepline, run_id: str, text: str, *, problem: str = "") -> Response:
    detail = engine.runs.get(run_id)
    workflow = engine.workflows.get(detail.run.workflow_id)
    other = workflow.live_version_id not in (None, detail.run.version_id)
    return render(
        request,
        "runs/replay.html",
        status_code=422 if problem else 200,
        run=detail.run,
        stopped_at=next((step.title for step in detail.steps if step.path == detail.run.step_path), ""),
        newest=workflow.live_number if other else None,
        payload=text,
        problem=problem,
    )
