"""The list of workflows, and what one does to a workflow as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from engine.errors import Invalid, NotReady
from engine.workflows import WorkflowRecord
from web.charts import sparkline
from web.deps import Engine, SignedIn
from web.drawing import connectors_of
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render
from web.security import safe_next

router = APIRouter()
NO_FOLDER = "none"
"""Stands in addresses for the workflows that are in no folder."""
PER_PAGE = 100


@router.get("/workflows")
def list_workflows(
    request: Request,
    user: SignedIn,
    engine: Engine,
    q: str = "",
    show: str = "",
    folder: str = "",
    tag: str = "",
    owner: str = "",
    page: int = 1,
) -> Response:
    everything = engine.workflows.list()
    chosen = {"on": True, "off": False}.get(show)
    found = engine.workflows.list(
        q.strip(),
        enabled=chosen,
        folder_id="" if folder == NO_FOLDER else folder or None,
        tag=tag or None,
        owner_id=owner or None,
    )
    start = PER_PAGE * (max(1, page) - 1)
    shown = found[start : start + PER_PAGE]
    return render(
        request,
        "workflows/index.html",
        fragment="workflows/_table.html",
        workflows=shown,
        found=len(found),
        number=max(1, page),
        more=start + PER_PAGE < len(found),
        q=q,
        show=show if chosen is not None else "",
        folder=folder,
        tag=tag,
        owner=owner,
        **_surroundings(engine, everything),
        **_beside(engine, shown),
    )


@router.get("/workflows/new")
def new_workflow(request: Request, user: SignedIn) -> Response:
    return render(request, "workflows/new.html", name="", problem="")


@router.post("/workflows/new")
def create(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    name = first(form, "name")
    try:
        workflow = engine.workflows.create(name, description=first(form, "description"), owner_id=user.id)
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
    twin = engine.workflows.create(
        name, original.draft, description=original.description, recipe=original.recipe, owner_id=user.id
    )
    engine.workflows.organise([twin.id], folder_id=original.folder_id, add_tags=original.tags)
    return redirect(request, f"/workflows/{twin.id}", Flash("This is the copy. It is switched off."))


def _surroundings(engine: Stepline, everything: Sequence[WorkflowRecord]) -> dict[str, Any]:
    """What one can narrow the list down by, with how many there are."""
    people = {known.id: known for known in engine.accounts.list_users()}
    tags = Counter(tag for workflow in everything for tag in workflow.tags)
    return {
        "folders": engine.folders.list(),
        "no_folder": NO_FOLDER,
        "without_folder": sum(workflow.folder_id is None for workflow in everything),
        "tags": sorted(tags.items(), key=lambda item: item[0].lower()),
        "people": people,
        "total": len(everything),
    }


def _beside(engine: Stepline, shown: Sequence[WorkflowRecord]) -> dict[str, Any]:
    """What stands beside each name."""
    figures = engine.statistics.by_workflow([workflow.id for workflow in shown]) if shown else {}
    return {
        "last_runs": engine.runs.last_runs(),
        "apps": {workflow.id: connectors_of(workflow.draft) for workflow in shown},
        "sparks": {workflow_id: sparkline(buckets) for workflow_id, buckets in figures.items()},
    }
