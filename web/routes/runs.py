"""Runs: what is happening, what happened, and what a person can do about it."""

from __future__ import annotations

import hashlib
import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from connectors._kit.registry import Registry
from engine.runs import RunDetail
from engine.runs.model import STATUSES
from web.deps import Engine, SignedIn
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render, wants_fragment
from web.paging import older_link

router = APIRouter()
CLOCK_WORDS = re.compile(rb">[^<]*</time>")


@router.get("/runs")
def list_runs(
    request: Request,
    user: SignedIn,
    engine: Engine,
    status: str = "",
    workflow: str = "",
    q: str = "",
    before: str = "",
) -> Response:
    chosen = status if status in STATUSES else ""
    page = engine.runs.list(
        statuses=(chosen,) if chosen else (), workflow_id=workflow or None, text=q, before=before or None
    )
    response = render(
        request,
        "runs/index.html",
        fragment="runs/_table.html",
        runs=page.items,
        older=older_link(request, page.next),
        counts=engine.runs.counts(workflow or None),
        run_statuses=STATUSES,
        status=chosen,
        workflow=workflow,
        workflows=engine.workflows.list(),
        q=q,
        first_page=not before,
        here=f"{request.url.path}?{request.url.query}",
    )
    return _only_news(request, response)


@router.get("/runs/{run_id}")
def show_run(request: Request, user: SignedIn, engine: Engine, run_id: str) -> Response:
    detail = engine.runs.get(run_id)
    response = render(
        request,
        "runs/run.html",
        fragment="runs/_run.html",
        detail=detail,
        run=detail.run,
        stopped_at=_stopped_at(detail),
        titles=_titles(detail, engine.registry),
    )
    return _only_news(request, response)


@router.post("/runs/{run_id}/cancel")
def cancel(request: Request, user: SignedIn, engine: Engine, run_id: str) -> Response:
    engine.run_control.cancel(run_id)
    return redirect(request, f"/runs/{run_id}", Flash("The run is cancelled.", "info"))


@router.post("/runs/{run_id}/resolve")
def resolve(request: Request, user: SignedIn, engine: Engine, run_id: str, form: Posted) -> Response:
    """A held run goes on: its step was done after all, or is tried again."""
    done = first(form, "answer") == "done"
    engine.run_control.resolve(run_id, "done" if done else "retry")
    message = "Noted as done. The run goes on." if done else "The step is being tried again."
    return redirect(request, f"/runs/{run_id}", Flash(message))


@router.post("/runs/{run_id}/repeat")
async def repeat(request: Request, user: SignedIn, engine: Engine, run_id: str) -> Response:
    accepted = await engine.run_control.replay(run_id)
    return redirect(request, f"/runs/{accepted.run_ids[0]}", Flash("Started again with the same event."))


def _titles(detail: RunDetail, registry: Registry) -> dict[str, str]:
    """What the operations of a run are called; those that exist no more are left out."""
    used = {step.operation for step in detail.steps} | {detail.definition["trigger"]["operation"]}
    return {operation.id: operation.title for operation in registry.operations() if operation.id in used}


def _stopped_at(detail: RunDetail) -> str:
    """The title of the step at which a run stands."""
    return next((step.title for step in detail.steps if step.path == detail.run.step_path), "")


def _only_news(request: Request, response: Response) -> Response:
    """A page that asks again and again gets 204 while nothing but the clock has changed, so nothing flickers."""
    tag = hashlib.sha256(CLOCK_WORDS.sub(b"", bytes(response.body))).hexdigest()[:16]
    if wants_fragment(request) and request.headers.get("x-seen") == tag:
        return Response(status_code=204)
    response.headers["X-Seen"] = tag
    return response
