"""Runs: what is happening, what happened, and what a person can do about it."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from connectors._kit.registry import Registry
from engine.definition.model import walk
from engine.errors import NotFound
from engine.runs import RunDetail
from engine.runs.model import STATUSES
from engine.workflows import WorkflowRecord
from web import bulk, iterations
from web.deps import Engine, SignedIn
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render, wants_fragment
from web.paging import older_link
from web.security import safe_next

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
    since: str = "",
    until: str = "",
    before: str = "",
) -> Response:
    chosen = status if status in STATUSES else ""
    page = engine.runs.list(
        statuses=(chosen,) if chosen else (),
        workflow_id=workflow or None,
        text=q,
        since=_moment(since),
        until=_moment(until),
        before=before or None,
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
        since=_moment(since),
        until=_moment(until),
        first_page=not before,
    )
    return _only_news(request, response)


@router.post("/runs/bulk")
async def act_on_many(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    back = safe_next(first(form, "next"), "/runs")
    if first(form, "action") == "cancel":
        tally = await bulk.each_blocking(bulk.chosen(form), engine.run_control.cancel)
        return redirect(request, back, tally.flash("run", "cancelled"))
    return bulk.asked_first(request, "/runs/again", form, back)


@router.get("/runs/{run_id}")
def show_run(request: Request, user: SignedIn, engine: Engine, run_id: str, loop: str = "", item: str = "") -> Response:
    """`item`: the number of the iteration of `loop` to show, counted from 1."""
    detail = engine.runs.get(run_id)
    wanted = f"{loop}/{int(item) - 1}" if item.isdecimal() and int(item) else None
    response = render(
        request,
        "runs/run.html",
        fragment="runs/_run.html",
        detail=detail,
        run=detail.run,
        shown=iterations.shown(detail.steps, wanted, detail.run.step_path),
        stopped_at=_stopped_at(detail),
        titles=_titles(detail, engine.registry),
        repeats=engine.runs.repeats(run_id),
        newest=_newest_version(engine.workflows.get(detail.run.workflow_id), detail),
        to_mend=_connection_to_mend(engine, detail),
        step_to_change=_step_to_change(engine.workflows.get(detail.run.workflow_id), detail),
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
    engine.run_control.resolve(run_id, "done" if done else "retry", by=user.name or user.email)
    message = "Noted as done. The run goes on." if done else "The step is being tried again."
    return redirect(request, f"/runs/{run_id}", Flash(message))


def _moment(text: str) -> datetime | None:
    """A time in an address; what cannot be read limits nothing."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _titles(detail: RunDetail, registry: Registry) -> dict[str, str]:
    """What the operations of a run are called; those that exist no more are left out."""
    used = {step.operation for step in detail.steps} | {detail.definition["trigger"]["operation"]}
    return {operation.id: operation.title for operation in registry.operations() if operation.id in used}


def _stopped_at(detail: RunDetail) -> str:
    """The title of the step at which a run stands."""
    return next((step.title for step in detail.steps if step.path == detail.run.step_path), "")


def _newest_version(workflow: WorkflowRecord, detail: RunDetail) -> int | None:
    """The number of the live version when the run used an older one."""
    return workflow.live_number if workflow.live_version_id not in (None, detail.run.version_id) else None


def _connection_to_mend(engine: Any, detail: RunDetail) -> Any:
    """The connection whose login was refused, when that is why the run is held."""
    error = detail.run.error or {}
    if error.get("kind") != "auth" or not error.get("connection"):
        return None
    try:
        return engine.connections.get(error["connection"])
    except NotFound:
        return None


def _step_to_change(workflow: WorkflowRecord, detail: RunDetail) -> str:
    """The key of the step at which the run stopped, as long as the draft still has it."""
    key = (detail.run.step_path or "").rpartition("/")[2]
    return key if key and any(step.get("key") == key for _, step in walk(workflow.draft)) else ""


def _only_news(request: Request, response: Response) -> Response:
    """A page that asks again and again gets 204 while nothing but the clock has changed, so nothing flickers."""
    tag = hashlib.sha256(CLOCK_WORDS.sub(b"", bytes(response.body))).hexdigest()[:16]
    if wants_fragment(request) and request.headers.get("x-seen") == tag:
        return Response(status_code=204)
    response.headers["X-Seen"] = tag
    return response
