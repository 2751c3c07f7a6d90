"""The workflow editor: its page, its draft, and making the draft live."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors._kit.model import AuthKind, Connector
from engine.assembly import Stepline
from engine.errors import Conflict, Invalid, NotReady
from web import connecting, forms
from web.deps import Engine, SignedIn
from web.editor import describe, drafts, history
from web.editor.state import modules, state
from web.forms import Posted
from web.htmx import render
from web.sign_in_panel import panel

router = APIRouter(prefix="/workflows/{workflow_id}/edit")


class Draft(BaseModel):
    """A definition that was changed from the draft at `revision`."""

    definition: dict[str, Any]
    revision: int


class Publication(BaseModel):
    """Which draft becomes live, so that nobody publishes what they have not seen."""

    revision: int
    note: str = ""


class Name(BaseModel):
    name: str


class Switch(BaseModel):
    on: bool


@router.get("")
def show(request: Request, user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    workflow = engine.workflows.get(workflow_id)
    return render(request, "editor/editor.html", workflow=workflow, state=state(engine, workflow), modules=modules())


@router.get("/hook")
def show_hook(user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    """Where events for the workflow's own hook go; the hook is made at the first call."""
    path = engine.hooks.for_workflow(engine.workflows.get(workflow_id).id).path
    return _json({"url": engine.settings.public_url + path})


@router.get("/draft")
def read_draft(user: SignedIn, engine: Engine, workflow_id: str, seen: int = 0) -> Response:
    """The stored draft; 204 when it is still the one that was seen."""
    workflow = engine.workflows.get(workflow_id)
    if workflow.draft_revision == seen:
        return Response(status_code=204)
    return _json(drafts.stored(engine, workflow))


@router.put("/draft")
def save_draft(user: SignedIn, engine: Engine, workflow_id: str, draft: Draft) -> Response:
    """409 with the stored draft when somebody else has changed it; 422 when this is no draft."""
    try:
        return _json(drafts.save(engine, workflow_id, draft.definition, draft.revision))
    except Conflict as conflict:
        theirs = drafts.stored(engine, engine.workflows.get(workflow_id))
        return _json({"message": conflict.message, **theirs}, 409)
    except Invalid as refused:
        return _refused(refused)


@router.put("/name")
def rename(user: SignedIn, engine: Engine, workflow_id: str, name: Name) -> Response:
    workflow = engine.workflows.get(workflow_id)
    try:
        renamed = engine.workflows.rename(workflow_id, name.name, workflow.description)
    except Invalid as refused:
        return _refused(refused)
    return _json(drafts.standing(engine, renamed))


@router.post("/switch")
def switch(user: SignedIn, engine: Engine, workflow_id: str, switch: Switch) -> Response:
    """On (which publishes a draft that was never published) or off."""
    try:
        if switch.on:
            workflow = engine.workflows.enable(workflow_id, user_id=user.id)
        else:
            workflow = engine.workflows.disable(workflow_id)
    except NotReady as refused:
        return _refused(refused)
    return _json(drafts.standing(engine, workflow))


@router.post("/publish")
def publish(user: SignedIn, engine: Engine, workflow_id: str, publication: Publication) -> Response:
    """409 when the draft is no longer the one the browser shows; 422 with what is to mend."""
    note = publication.note.strip()
    try:
        version = engine.versions.publish(workflow_id, revision=publication.revision, note=note, user_id=user.id)
    except Conflict as conflict:
        return _json({"message": conflict.message}, 409)
    except NotReady as refused:
        return _refused(refused)
    return _json({"number": version.number, **drafts.standing(engine, engine.workflows.get(workflow_id))})


@router.get("/changes")
def list_changes(user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    """What publishing the draft would change; an empty list before the first version."""
    workflow = engine.workflows.get(workflow_id)
    if workflow.live_number is None:
        return _json({"changes": []})
    live = engine.versions.get(workflow_id, workflow.live_number)
    return _json({"changes": history.changes(engine, live.definition, workflow.draft)})


@router.get("/versions")
def list_versions(user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    return _json({"versions": history.versions(engine, engine.workflows.get(workflow_id))})


@router.get("/versions/{number}")
def show_version(user: SignedIn, engine: Engine, workflow_id: str, number: int) -> Response:
    """A version's definition, and what bringing it back would change in the stored draft."""
    version = engine.versions.get(workflow_id, number)
    workflow = engine.workflows.get(workflow_id)
    return _json(
        {
            "definition": version.definition,
            "operations": describe.used_operations(version.definition, engine.registry),
            "changes": history.changes(engine, workflow.draft, version.definition),
        }
    )


@router.get("/connect/{connector}")
def show_connect(
    request: Request, user: SignedIn, engine: Engine, workflow_id: str, connector: str, auth: str = ""
) -> Response:
    app = connecting.app_of(engine, connector)
    return _connect_form(request, engine, workflow_id, app, connecting.login_of(app, auth), connecting.blank(app))


@router.post("/connect/{connector}")
async def connect(
    request: Request, user: SignedIn, engine: Engine, workflow_id: str, connector: str, form: Posted
) -> Response:
    """JSON with the new connection, and where to sign in where one has to; or 422 with the form and its mistakes."""
    app = connecting.app_of(engine, connector)
    auth = connecting.login_of(app, forms.first(form, "auth"))
    entered, record = await connecting.create(engine, app, auth, form)
    if record is not None:
        signs_in = auth.kind == "oauth2"
        made = {"connection": describe.connections([record])[0]}
        return _json({**made, "sign_in": f"/connections/{record.id}/authorize" if signs_in else None})
    return await run_in_threadpool(_connect_form, request, engine, workflow_id, app, auth, entered)


def _connect_form(
    request: Request, engine: Stepline, workflow_id: str, app: Connector, auth: AuthKind, entered: connecting.Entered
) -> Response:
    schema = engine.connections.schema(app.key, auth.key)
    return render(
        request,
        "editor/_connect.html",
        status_code=422 if entered.problems or entered.outcome else 200,
        connector=app,
        auth=auth,
        entered=entered,
        sign_in=panel(engine, auth, None),
        action=f"/workflows/{workflow_id}/edit/connect/{app.key}",
        fields=forms.fields(schema, entered.values, prefix=connecting.PREFIX, problems=entered.problems),
    )


def _refused(refused: Invalid) -> Response:
    return _json({"message": refused.message, "problems": [problem.as_dict() for problem in refused.problems]}, 422)


def _json(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, headers={"Cache-Control": "no-store"})
