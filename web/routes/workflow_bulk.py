"""What one does to many workflows at once: switch, move, tag, export, delete."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from engine.bundles import bundle_json
from engine.errors import EngineError
from web import bulk
from web.deps import Engine, SignedIn
from web.flash import Flash
from web.forms import Form, Posted, first
from web.htmx import redirect, render
from web.security import safe_next
from web.templating import plural

router = APIRouter()


@router.post("/workflows/bulk")
def act_on_many(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    back = safe_next(first(form, "next"), "/workflows")
    ids = bulk.chosen(form)
    action, _, value = first(form, "action").partition(":")
    if not ids:
        return redirect(request, back, Flash("Nothing was selected.", "info"))
    if action == "export":
        return _export(engine, ids)
    if action == "delete":
        return bulk.asked_first(request, "/workflows/delete", form, back)
    return redirect(request, back, _act(engine, user.id, action, value, ids, form))


@router.get("/workflows/delete")
def confirm_delete(request: Request, user: SignedIn, engine: Engine, next: str = "/workflows") -> Response:
    """Names what would go. Works for one workflow as for many."""
    doomed = bulk.asked(request, engine.workflows.get)
    runs = {workflow.id: sum(engine.runs.counts(workflow.id).values()) for workflow in doomed}
    return render(request, "workflows/delete.html", doomed=doomed, runs=runs, next=safe_next(next, "/workflows"))


@router.post("/workflows/delete")
def delete(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    ids = bulk.chosen(form)
    tally = bulk.each(ids, engine.workflows.delete)
    return redirect(request, safe_next(first(form, "next"), "/workflows"), tally.flash("workflow", "deleted"))


def _act(engine: Stepline, user_id: str, action: str, value: str, ids: Sequence[str], form: Form) -> Flash:
    if action == "on":
        tally = bulk.each(ids, lambda one: engine.workflows.enable(one, user_id=user_id))
        return tally.flash("workflow", "switched on")
    if action == "off":
        return bulk.each(ids, engine.workflows.disable).flash("workflow", "switched off")
    try:
        words = _organise(engine, action, value, ids, form)
    except EngineError as error:
        return Flash(error.message, "bad")
    return Flash(f"{plural(len(ids), 'workflow')} {words}") if words else Flash("Say which tag.", "info")


def _organise(engine: Stepline, action: str, value: str, ids: Sequence[str], form: Form) -> str:
    """What was done, in words; "" when something is missing."""
    tag = " ".join(first(form, "tag").split())
    if action == "move":
        engine.workflows.organise(ids, folder_id=value)
        name = next((folder.name for folder in engine.folders.list() if folder.id == value), "")
        return f"moved to “{name}”." if name else "taken out of their folders."
    if action == "newfolder":
        folder = engine.folders.create(first(form, "folder"))
        engine.workflows.organise(ids, folder_id=folder.id)
        return f"moved to the new folder “{folder.name}”."
    if not tag:
        return ""
    if action == "untag":
        engine.workflows.organise(ids, remove_tags=[tag])
        return f"without the tag “{tag}” now."
    engine.workflows.organise(ids, add_tags=[tag])
    return f"tagged “{tag}”."


def _export(engine: Stepline, ids: Sequence[str]) -> Response:
    recipes = [engine.recipes.export(workflow_id) for workflow_id in ids]
    name = recipes[0].slug if len(recipes) == 1 else "stepline-workflows"
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return Response(bundle_json(recipes), media_type="application/json", headers=headers)
