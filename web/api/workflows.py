"""Workflows: look, make from a recipe, publish, switch on and off, start a run, export."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Body, Path, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from engine.assembly import Stepline
from engine.errors import Refused
from engine.recipes import Recipe
from engine.workflows import WorkflowRecord
from web.api.access import TokenUser
from web.api.answers import Answer, Listing, ProblemPlace, Sent
from web.api.recipes import RecipeFile
from web.api.routing import api_router, body_failures, failures
from web.deps import Engine

router = api_router("Workflows", "/workflows")

WorkflowId = Annotated[str, Path(description="Id of the workflow.")]


class Workflow(Answer):
    """A workflow without its steps."""

    id: str = Field(examples=["0198c5b2f0b47d6c9f3e5a1b2c3d4e5f"])
    name: str = Field(examples=["Welcome new contacts"])
    description: str
    enabled: bool = Field(description="Whether new events start runs.")
    live_number: int | None = Field(description="Number of the published version that runs; null before the first.")
    draft_is_live: bool = Field(description="Whether the draft and the live version are the same.")
    draft_revision: int = Field(description="Counts the changes of the draft.")
    recipe: str | None = Field(description="Slug of the recipe it was made from.")
    created_at: datetime
    updated_at: datetime


class WorkflowDetail(Workflow):
    """A workflow with its draft."""

    draft: dict[str, Any] = Field(description="Trigger, settings and steps, as they are being edited.")
    problems: list[ProblemPlace] = Field(description="What keeps the draft from being published.")
    hook_url: str | None = Field(
        description="Where to send events, when the workflow starts with its own hook. Whoever knows it can start runs."
    )


class NewWorkflow(Sent):
    """Which recipe to use, and what to fill in. What is left out stays open and is listed under `problems`."""

    recipe: str | dict[str, Any] = Field(
        description="Slug of a recipe of this server, or a whole recipe.", examples=["welcome-sequence"]
    )
    connections: dict[str, str] = Field(default={}, description="Name of an account in the recipe → connection id.")
    settings: dict[str, Any] = Field(default={}, description="Key of a setting of the recipe → value.")
    name: str | None = Field(default=None, description="Instead of the recipe's name.", max_length=200)


class Version(Answer):
    """A published version; it never changes."""

    id: str
    workflow_id: str
    number: int | None = Field(examples=[3])
    note: str
    created_at: datetime


class Publication(Sent):
    note: str = Field(default="", description="What has changed, for whoever looks at the versions.", max_length=2000)


class NewRun(Sent):
    """What to start a run with."""

    payload: Any = Field(
        default_factory=dict,
        description="The trigger's data, which steps see as `trigger`.",
        examples=[{"email": "anna@example.com", "first_name": "Anna"}],
    )
    mode: Literal["dry", "test", "live"] = Field(
        default="dry",
        description="dry: the draft, reading for real but writing nothing. test: the draft, for real, without "
        "waiting at delays. live: the published version, as if an event had come in.",
    )


class StartedRun(BaseModel):
    run_id: str
    event_id: str


@router.get("", summary="List workflows", responses=failures(422))
def list_workflows(
    user: TokenUser,
    engine: Engine,
    text: Annotated[str, Query(description="Only those with this text in their name or description.")] = "",
    enabled: Annotated[bool | None, Query(description="Only those that are switched on, or off.")] = None,
) -> Listing[Workflow]:
    """All workflows by name."""
    found = engine.workflows.list(text, enabled=enabled)
    return Listing(items=[Workflow.model_validate(record) for record in found])


@router.post("", status_code=201, summary="Make a workflow from a recipe", responses=body_failures(404))
def create_workflow(user: TokenUser, engine: Engine, new: NewWorkflow) -> WorkflowDetail:
    """The new workflow is switched off. Mend its `problems`, if there are any, then switch it on."""
    imported = engine.recipes.import_recipe(
        _recipe(engine, new.recipe), connections=new.connections, settings=new.settings, name=new.name
    )
    return _detail(engine, imported.workflow)


@router.get("/{workflow_id}", summary="Get a workflow", responses=failures(404))
def get_workflow(user: TokenUser, engine: Engine, workflow_id: WorkflowId) -> WorkflowDetail:
    return _detail(engine, engine.workflows.get(workflow_id))


@router.post("/{workflow_id}/enable", summary="Switch a workflow on", responses=failures(404, 422))
def enable_workflow(user: TokenUser, engine: Engine, workflow_id: WorkflowId) -> Workflow:
    """Publishes the draft when nothing was published yet."""
    return Workflow.model_validate(engine.workflows.enable(workflow_id, user_id=user.id))


@router.post("/{workflow_id}/disable", summary="Switch a workflow off", responses=failures(404))
def disable_workflow(user: TokenUser, engine: Engine, workflow_id: WorkflowId) -> Workflow:
    """New events start nothing; runs under way go on."""
    return Workflow.model_validate(engine.workflows.disable(workflow_id))


@router.post("/{workflow_id}/publish", summary="Publish the draft", responses=body_failures(404))
def publish_workflow(
    user: TokenUser,
    engine: Engine,
    workflow_id: WorkflowId,
    publication: Annotated[Publication | None, Body()] = None,
) -> Version:
    """A workflow that is switched on runs the new version from the next event on."""
    note = publication.note if publication else ""
    return Version.model_validate(engine.versions.publish(workflow_id, note=note, user_id=user.id))


@router.post(
    "/{workflow_id}/runs", status_code=202, summary="Start a run by hand", responses=body_failures(404, 409, 429)
)
async def start_run(user: TokenUser, engine: Engine, workflow_id: WorkflowId, new: NewRun) -> StartedRun:
    """The run is stored when this answers, and goes on by itself; look at it under `/runs/{run_id}`."""
    version_id = await run_in_threadpool(_version_to_run, engine, workflow_id, new.mode)
    accepted = await engine.run_control.start(workflow_id, version_id, new.payload, mode=new.mode)
    return StartedRun(run_id=accepted.run_ids[0], event_id=accepted.event_id)


@router.get(
    "/{workflow_id}/export",
    summary="Export a workflow as a recipe",
    responses=failures(404),
    response_model_exclude_unset=True,
)
def export_workflow(user: TokenUser, engine: Engine, workflow_id: WorkflowId, response: Response) -> RecipeFile:
    """The draft, with names in place of accounts and without any secret; can be given to `POST /workflows`."""
    recipe = engine.recipes.export(workflow_id)
    response.headers["Content-Disposition"] = f'attachment; filename="{recipe.slug}.json"'
    return RecipeFile.model_validate(recipe.as_dict())


def _recipe(engine: Stepline, given: str | dict[str, Any]) -> Recipe:
    return engine.recipes.get(given) if isinstance(given, str) else engine.recipes.read(given)


def _detail(engine: Stepline, record: WorkflowRecord) -> WorkflowDetail:
    shared = Workflow.model_validate(record).model_dump()
    problems = [ProblemPlace.model_validate(problem) for problem in engine.versions.problems(record.id)]
    return WorkflowDetail(**shared, draft=record.draft, problems=problems, hook_url=_hook_url(engine, record))


def _hook_url(engine: Stepline, record: WorkflowRecord) -> str | None:
    operation_id = record.draft.get("trigger", {}).get("operation")
    operation = next((known for known in engine.registry.operations() if known.id == operation_id), None)
    if operation is None or operation.trigger is None or operation.trigger.mode != "catch":
        return None
    return engine.settings.public_url + engine.hooks.for_workflow(record.id).path


def _version_to_run(engine: Stepline, workflow_id: str, mode: str) -> str:
    if mode != "live":
        return engine.versions.snapshot(workflow_id).id
    record = engine.workflows.get(workflow_id)
    if not record.enabled or record.live_version_id is None:
        raise Refused("This workflow is switched off. Switch it on first, or start a dry or test run.")
    return record.live_version_id
