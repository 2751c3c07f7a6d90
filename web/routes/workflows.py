"""The list of workflows, and what one does to a workflow as a whole."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.errors import Invalid, NotReady
from web.deps import Engine, SignedIn
from web.drawing import connectors_of
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render
from web.security import safe_next

router = APIRouter()


@router.get("/workflows")
def list_workflows(request: Request, user: SignedIn, engine: Engine, q: str = "", show: str = "") -> Response:
    chosen = {"on": True, "off": False}.get(show)
    workflows = engine.workflows.list(q, enabled=chosen)
    return render(
        request,
        "workflows/index.html",
        fragment="workflows/_table.html",
        workflows=workflows,
        last_runs=engine.runs.last_runs(),
        apps={workflow.id: connectors_of(workflow.draft) for workflow in workflows},
        known_apps=engine.registry.connectors,
        q=q,
        show=show if chosen is not None else "",
    )


@router.get("/workflows/new")
def new_workflow(request: Request, user: SignedIn) -> Response:
    return render(request, "workflows/new.html", name="", problem="")


@router.post("/workflows/new")
def create(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    name = first(form, "name")
    try:
        workflow = engine.workflows.create(name, description=first(form, "description"))
    except Invalid as refused:
        problem = refused.problems[0].message
        return render(request, "workflows/new.html", status_code=422, name=name, problem=problem)
    return redirect(request, f"/workflows/{workflow.id}/trigger")


@router.post("/workflows/{workflow_id}/switch")
def switch(request: Request, user: SignedIn, engine: Engine, workflow_id: str, form: Posted) -> Response:
    """On, or off again. A workflow that is not ready stays off and says why."""
    here = safe_next(first(form, "next"), f"/workflows/{workflow_id}")
    if first(form, "on") != "true":
        workflow = engine.workflows.disable(workflow_id)
        return redirect(request, here, Flash(f"“{workflow.name}” is off. Nothing starts it any more.", "info"))
    try:
        workflow = engine.workflows.enable(workflow_id, user_id=user.id)
    except NotReady as refused:
        return redirect(request, f"/workflows/{workflow_id}", Flash(refused.message, "bad"))
    return redirect(request, here, Flash(f"“{workflow.name}” is on."))


@router.get("/workflows/{workflow_id}/export")
def export(user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    recipe = engine.recipes.export(workflow_id)
    headers = {"Content-Disposition": f'attachment; filename="{recipe.slug}.json"'}
    return Response(recipe.as_json(), media_type="application/json", headers=headers)


@router.post("/workflows/{workflow_id}/duplicate")
def duplicate(request: Request, user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    original = engine.workflows.get(workflow_id)
    name = f"{original.name} (copy)"[:200]
    twin = engine.workflows.create(name, original.draft, description=original.description, recipe=original.recipe)
    return redirect(request, f"/workflows/{twin.id}", Flash("This is the copy. It is switched off."))


@router.post("/workflows/{workflow_id}/delete")
def delete(request: Request, user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    name = engine.workflows.get(workflow_id).name
    engine.workflows.delete(workflow_id)
    return redirect(request, "/workflows", Flash(f"“{name}” is deleted.", "info"))
