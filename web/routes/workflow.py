"""One workflow: its steps drawn, and its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from engine.errors import Invalid, Problem
from engine.workflows import WorkflowRecord
from web import forms
from web.deps import Engine, SignedIn
from web.drawing import draw
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render
from web.schedules import next_starts
from web.settings_form import settings_schema, settings_values

router = APIRouter()


@router.get("/workflows/{workflow_id}")
def show(request: Request, user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    workflow = engine.workflows.get(workflow_id)
    problems = engine.versions.problems(workflow_id)
    drawing = draw(workflow.draft, engine.registry, problems)
    return render(
        request,
        "workflows/workflow.html",
        tab="steps",
        workflow=workflow,
        problems=problems,
        to_mend=_by_place(problems, drawing.titles()),
        drawing=drawing,
        hook_url=_hook_url(engine, workflow),
        next_starts=next_starts(engine.registry, workflow.draft["trigger"], engine.clock()),
        connections={c.id: c for c in engine.connections.list()},
    )


def _by_place(problems: Sequence[Problem], titles: Mapping[str, str]) -> Sequence[tuple[str, str, Sequence[Problem]]]:
    """What is to mend, in the order of the steps: (title of the step, its page below the workflow's, problems)."""
    found = groupby(problems, key=_page_of)
    return [(titles.get(key, ""), part, list(group)) for (key, part), group in found]


def _page_of(problem: Problem) -> tuple[str, str]:
    """The key of the step ("" is the trigger) and the page where the problem is mended."""
    if problem.step:
        return problem.step, f"/steps/{problem.step}"
    return ("/settings", "/settings") if problem.pointer.startswith("/settings") else ("", "/trigger")


@router.get("/workflows/{workflow_id}/settings")
def show_settings(request: Request, user: SignedIn, engine: Engine, workflow_id: str) -> Response:
    workflow = engine.workflows.get(workflow_id)
    return _settings_page(request, engine, workflow, settings_values(workflow.draft), {})


@router.post("/workflows/{workflow_id}/settings")
def save_settings(request: Request, user: SignedIn, engine: Engine, workflow_id: str, form: Posted) -> Response:
    workflow = engine.workflows.get(workflow_id)
    values, problems = forms.read(settings_schema(workflow.draft), form, prefix="settings")
    if not problems:
        try:
            engine.workflows.rename(workflow_id, first(form, "name"), first(form, "description"))
        except Invalid as refused:
            problems = {problem.field or "name": problem.message for problem in refused.problems}
    if problems:
        return _settings_page(request, engine, workflow, values, problems)
    _organise(engine, workflow, form)
    _save_values(engine, workflow, values, int(first(form, "revision", "0")))
    return redirect(request, f"/workflows/{workflow_id}", Flash("Saved."))


def _save_values(engine: Stepline, workflow: WorkflowRecord, values: Mapping[str, Any], revision: int) -> None:
    settings = {key: dict(setting) for key, setting in workflow.draft.get("settings", {}).items()}
    for key, setting in settings.items():
        setting.pop("value", None)
        if key in values:
            setting["value"] = values[key]
    if settings != workflow.draft.get("settings", {}):
        engine.versions.save_draft(workflow.id, {**workflow.draft, "settings": settings}, revision)


def _organise(engine: Stepline, workflow: WorkflowRecord, form: forms.Form) -> None:
    """Folder, owner and tags; what the form does not have stays."""
    if "tags" in form:
        wanted = [tag.strip() for tag in first(form, "tags").split(",")]
        gone = [tag for tag in workflow.tags if tag not in wanted]
        engine.workflows.organise([workflow.id], add_tags=wanted, remove_tags=gone)
    if "folder" in form:
        engine.workflows.organise([workflow.id], folder_id=first(form, "folder"))
    if "owner" in form:
        engine.workflows.organise([workflow.id], owner_id=first(form, "owner"))


def _settings_page(
    request: Request,
    engine: Stepline,
    workflow: WorkflowRecord,
    values: Mapping[str, Any],
    problems: Mapping[str, str],
) -> Response:
    fields = forms.fields(settings_schema(workflow.draft), values, prefix="settings", problems=problems)
    return render(
        request,
        "workflows/settings.html",
        status_code=422 if problems else 200,
        tab="settings",
        workflow=workflow,
        folders=engine.folders.list(),
        people=engine.accounts.list_users(),
        fields=fields,
        problems=problems,
    )


def _hook_url(engine: Stepline, workflow: WorkflowRecord) -> str:
    """Where events for a workflow's own hook go; "" for every other kind of trigger."""
    mode = trigger_mode(engine, workflow.draft)
    if mode != "catch":
        return ""
    return engine.settings.public_url + engine.hooks.for_workflow(workflow.id).path


def trigger_mode(engine: Stepline, definition: Mapping[str, Any]) -> str:
    for operation in engine.registry.operations():
        if operation.id == definition["trigger"]["operation"] and operation.trigger is not None:
            return operation.trigger.mode
    return ""
