"""Editing a draft: the trigger and the steps, each as a plain form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from connectors._kit.errors import UnknownOperation
from connectors._kit.model import Operation
from engine.assembly import Stepline
from engine.errors import Invalid, NotFound
from engine.workflows import WorkflowRecord
from web import data_panel, editing, forms, step_form
from web.deps import Engine, SignedIn
from web.drawing import draw
from web.editing import Spot
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render

router = APIRouter(prefix="/workflows/{workflow_id}")
OWN_KINDS = ("filter", "paths", "delay", "loop")


@router.get("/trigger/choose")
def choose_trigger(request: Request, user: SignedIn, engine: Engine, workflow_id: str, q: str = "") -> Response:
    workflow = engine.workflows.get(workflow_id)
    found = engine.registry.search(q, kind="trigger", limit=100)
    return render(
        request,
        "steps/choose_trigger.html",
        fragment="steps/_triggers.html",
        workflow=workflow,
        operations=found,
        connectors=engine.registry.connectors,
        q=q,
    )


@router.get("/trigger")
def edit_trigger(request: Request, user: SignedIn, engine: Engine, workflow_id: str, operation: str = "") -> Response:
    workflow = engine.workflows.get(workflow_id)
    trigger = workflow.draft["trigger"]
    if operation and operation != trigger["operation"]:
        trigger = {"operation": _operation(engine, operation).id, "connection": None, "input": {}}
    return _form(request, engine, workflow, trigger, None, _seen(workflow.draft["trigger"]))


@router.post("/trigger")
def save_trigger(request: Request, user: SignedIn, engine: Engine, workflow_id: str, form: Posted) -> Response:
    workflow = engine.workflows.get(workflow_id)
    before = workflow.draft["trigger"]
    operation = _operation(engine, first(form, "operation"))
    kept = before if before["operation"] == operation.id else {}
    changed, problems = step_form.read({**kept, "operation": operation.id}, form, operation)
    conflict = first(form, "seen") != _seen(before)
    if problems or conflict:
        return _form(request, engine, workflow, changed, None, _seen(before), problems, conflict=conflict)
    changed.pop("kind", None)
    definition = {**workflow.draft, "trigger": changed}
    engine.versions.save_draft(workflow_id, definition, workflow.draft_revision)
    return _after_save(request, engine, workflow_id, "")


@router.get("/steps/new")
def choose_step(
    request: Request,
    user: SignedIn,
    engine: Engine,
    workflow_id: str,
    list: str = "/steps",
    index: int = 0,
    replace: str = "",
    q: str = "",
) -> Response:
    workflow = engine.workflows.get(workflow_id)
    found = [o for o in engine.registry.search(q, limit=60) if o.kind in ("action", "search")]
    return render(
        request,
        "steps/choose_step.html",
        fragment="steps/_operations.html",
        workflow=workflow,
        operations=found,
        connectors=engine.registry.connectors,
        own_kinds=() if replace or q else OWN_KINDS,
        place={"list": list, "index": str(index), "replace": replace},
        here=f"/workflows/{workflow_id}/steps/new?" + urlencode({"list": list, "index": index, "replace": replace}),
        q=q,
    )


@router.post("/steps/new")
def add_step(request: Request, user: SignedIn, engine: Engine, workflow_id: str, form: Posted) -> Response:
    workflow = engine.workflows.get(workflow_id)
    chosen = first(form, "operation")
    operation = _operation(engine, chosen) if chosen else None
    if operation is None and first(form, "kind") not in OWN_KINDS:
        raise Invalid("Choose what the step shall do.")
    made = step_form.fresh(workflow.draft, first(form, "kind"), operation)
    if key := first(form, "replace"):
        old = editing.step(workflow.draft, key)
        made = {**made, "key": key, "input": old.get("input", {})}
        definition = editing.replaced(workflow.draft, key, made)
    else:
        where = Spot(first(form, "list", "/steps"), int(first(form, "index", "0")))
        definition = editing.inserted(workflow.draft, where, _with_account(engine, made, operation))
    engine.versions.save_draft(workflow_id, definition, workflow.draft_revision)
    return redirect(request, f"/workflows/{workflow_id}/steps/{made['key']}")


@router.get("/steps/{key}")
def edit_step(request: Request, user: SignedIn, engine: Engine, workflow_id: str, key: str) -> Response:
    workflow = engine.workflows.get(workflow_id)
    step = editing.step(workflow.draft, key)
    return _form(request, engine, workflow, step, key, _seen(step))


@router.post("/steps/{key}")
def save_step(request: Request, user: SignedIn, engine: Engine, workflow_id: str, key: str, form: Posted) -> Response:
    """Changes this one step of the newest draft, so two people can work on different steps at once."""
    workflow = engine.workflows.get(workflow_id)
    before = editing.step(workflow.draft, key)
    changed, problems = step_form.read(before, form, step_form.operation_of(before, engine.registry))
    conflict = first(form, "seen") != _seen(before)
    if problems or conflict:
        return _form(request, engine, workflow, changed, key, _seen(before), problems, conflict=conflict)
    definition = editing.replaced(workflow.draft, key, changed)
    engine.versions.save_draft(workflow_id, definition, workflow.draft_revision)
    return _after_save(request, engine, workflow_id, key)


@router.post("/steps/{key}/move")
def move_step(request: Request, user: SignedIn, engine: Engine, workflow_id: str, key: str, form: Posted) -> Response:
    workflow = engine.workflows.get(workflow_id)
    by = -1 if first(form, "to") == "up" else 1
    engine.versions.save_draft(workflow_id, editing.moved(workflow.draft, key, by), workflow.draft_revision)
    return redirect(request, f"/workflows/{workflow_id}#step-{key}")


@router.post("/steps/{key}/duplicate")
def duplicate_step(request: Request, user: SignedIn, engine: Engine, workflow_id: str, key: str) -> Response:
    workflow = engine.workflows.get(workflow_id)
    definition, twin = editing.duplicated(workflow.draft, key)
    engine.versions.save_draft(workflow_id, definition, workflow.draft_revision)
    return redirect(request, f"/workflows/{workflow_id}/steps/{twin}", Flash("This is the copy."))


@router.post("/steps/{key}/delete")
def delete_step(request: Request, user: SignedIn, engine: Engine, workflow_id: str, key: str) -> Response:
    workflow = engine.workflows.get(workflow_id)
    engine.versions.save_draft(workflow_id, editing.removed(workflow.draft, key), workflow.draft_revision)
    return redirect(request, f"/workflows/{workflow_id}", Flash("The step is deleted.", "info"))


def _form(
    request: Request,
    engine: Stepline,
    workflow: WorkflowRecord,
    holder: Mapping[str, Any],
    key: str | None,
    seen: str,
    problems: Mapping[str, str] | None = None,
    *,
    conflict: bool = False,
) -> Response:
    """The form of a step, or of the trigger when `key` is None. Problems of what is stored are shown too."""
    operation = step_form.operation_of(holder, engine.registry)
    shown = {**_stored_problems(engine, workflow, key), **(problems or {})}
    fields = (
        forms.fields(operation.input_schema, holder.get("input", {}), prefix="input", problems=shown, expressions=True)
        if operation
        else ()
    )
    drawing = draw(workflow.draft, engine.registry)
    return render(
        request,
        "steps/step.html",
        status_code=409 if conflict else 422 if problems else 200,
        workflow=workflow,
        step=holder,
        key=key,
        kind=holder.get("kind", "trigger"),
        operation=operation,
        connector=engine.registry.connectors.get(operation.connector) if operation else None,
        connections=engine.connections.list(operation.connector) if operation else [],
        fields=fields,
        problems=shown,
        conflict=conflict,
        seen=seen,
        choices=step_form,
        title=holder.get("title") or (operation.title if operation else drawing.trigger.title),
        sources=data_panel.sources(workflow.draft, engine.registry, key, engine.samples.last_trigger(workflow.id))
        if key
        else [],
    )


def _stored_problems(engine: Stepline, workflow: WorkflowRecord, key: str | None) -> dict[str, str]:
    """What the check finds in this step, by input name."""
    start = "/trigger" if key is None else editing_pointer(workflow, key)
    found: dict[str, str] = {}
    for problem in engine.versions.problems(workflow.id):
        if problem.pointer.startswith(start + "/") and problem.step == key:
            found.setdefault(problem.pointer[len(start) + 1 :], problem.message)
    return found


def editing_pointer(workflow: WorkflowRecord, key: str) -> str:
    where = editing.spot(workflow.draft, key)
    return f"{where.pointer}/{where.index}"


def _after_save(request: Request, engine: Stepline, workflow_id: str, key: str) -> Response:
    problems = [p for p in engine.versions.problems(workflow_id) if (p.step or "") == key]
    if not problems:
        return redirect(request, f"/workflows/{workflow_id}", Flash("Saved in the draft."))
    place = f"steps/{key}" if key else "trigger"
    message = Flash("Saved in the draft. Something is still to mend here.", "warn")
    return redirect(request, f"/workflows/{workflow_id}/{place}", message)


def _with_account(engine: Stepline, step: dict[str, Any], operation: Operation | None) -> dict[str, Any]:
    """Where there is only one account of the app, nobody needs to choose it."""
    if operation is None:
        return step
    known = engine.connections.list(operation.connector)
    return {**step, "connection": known[0].id} if len(known) == 1 else step


def _operation(engine: Stepline, operation_id: str) -> Operation:
    try:
        return engine.registry.operation(operation_id)
    except UnknownOperation:
        raise NotFound("There is no such operation.", operation_id) from None


def _seen(value: Any) -> str:
    """Tells whether a step is still as the form showed it."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
