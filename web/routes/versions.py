"""The versions of a workflow: their history, what changed between two, publishing, and going back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from engine.errors import Conflict, NotReady
from engine.workflows import WorkflowRecord
from web.changes import compared
from web.deps import Engine, SignedIn
from web.drawing import draw
from web.flash import Flash
from web.forms import Form, Posted, first
from web.htmx import redirect, render

router = APIRouter(prefix="/workflows/{workflow_id}")
DRAFT = "draft"
"""Stands in addresses for the draft, where others have a number."""


@router.get("/versions")
def list_versions(request: Request, user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    return render(
        request,
        "workflows/versions.html",
        tab="versions",
        workflow=engine.workflows.get(workflow_id),
        versions=engine.versions.list(workflow_id),
        people={known.id: known.name for known in engine.accounts.list_users()},
    )


@router.get("/versions/compare")
def compare(
    request: Request, user: SignedIn, engine: Engine, workflow_id: str, old: str = "", new: str = DRAFT
) -> Response:
    """Without `old`: from what is live."""
    workflow = engine.workflows.get(workflow_id)
    old = old or str(workflow.live_number or DRAFT)
    return render(
        request,
        "workflows/compare.html",
        tab="versions",
        workflow=workflow,
        versions=engine.versions.list(workflow_id),
        old=old,
        new=new,
        changes=compared(engine, _definition(engine, workflow, old), _definition(engine, workflow, new)),
    )


@router.get("/versions/{number}")
def show_version(request: Request, user: SignedIn, engine: Engine, workflow_id: str, number: int) -> Response:
    version = engine.versions.get(workflow_id, number)
    return render(
        request,
        "workflows/version.html",
        workflow=engine.workflows.get(workflow_id),
        version=version,
        drawing=draw(version.definition, engine.registry),
    )


@router.post("/versions/{number}/restore")
def restore(request: Request, user: SignedIn, engine: Engine, workflow_id: str, number: int, form: Posted) -> Response:
    """The draft as it was is kept, so that this can be undone."""
    before = engine.versions.set_aside(workflow_id)
    try:
        engine.versions.restore(workflow_id, number, _revision(engine, workflow_id, form))
    except Conflict as conflict:
        return redirect(request, f"/workflows/{workflow_id}/versions", Flash(conflict.message, "bad"))
    undo = f"/workflows/{workflow_id}/versions/{before.id}/bring-back"
    message = Flash(f"The draft is version {number} again. Publish it to make it live.", undo=undo)
    return redirect(request, f"/workflows/{workflow_id}", message)


@router.post("/versions/{version_id}/bring-back")
def bring_back(request: Request, user: SignedIn, engine: Engine, workflow_id: str, version_id: str) -> Response:
    """Undoes a restore."""
    workflow = engine.workflows.get(workflow_id)
    engine.versions.bring_back(workflow_id, version_id, workflow.draft_revision)
    return redirect(request, f"/workflows/{workflow_id}", Flash("The draft is as it was before.", "info"))


@router.get("/publish")
def review(request: Request, user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    """What will be live after publishing, before it is."""
    workflow = engine.workflows.get(workflow_id)
    live = _definition(engine, workflow, str(workflow.live_number)) if workflow.live_number else None
    return render(
        request,
        "workflows/publish.html",
        workflow=workflow,
        problems=engine.versions.problems(workflow_id),
        changes=compared(engine, live, workflow.draft) if live else [],
    )


@router.post("/publish")
def publish(request: Request, user: SignedIn, engine: Engine, workflow_id: str, form: Posted) -> Response:
    here = f"/workflows/{workflow_id}"
    revision = _revision(engine, workflow_id, form)
    try:
        version = engine.versions.publish(workflow_id, revision=revision, note=first(form, "note"), user_id=user.id)
    except Conflict as conflict:
        return redirect(request, f"{here}/publish", Flash(conflict.message, "warn"))
    except NotReady as refused:
        return redirect(request, here, Flash(refused.message, "bad"))
    return redirect(request, here, Flash(f"Version {version.number} is live."))


def _definition(engine: Stepline, workflow: WorkflowRecord, which: str) -> Mapping[str, Any]:
    """Raises NotFound."""
    if which == DRAFT:
        return workflow.draft
    return engine.versions.get(workflow.id, int(which) if which.isdecimal() else 0).definition


def _revision(engine: Stepline, workflow_id: str, form: Form) -> int:
    """The draft that the form was made from; forms that say nothing mean the draft as it is."""
    given = first(form, "revision")
    return int(given) if given.isdecimal() else engine.workflows.get(workflow_id).draft_revision
