"""Runs: look, cancel, decide about a held one, run again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, Field

from web import statuses
from web.api.access import TokenUser
from web.api.answers import DEFAULT_LIMIT, Answer, Before, Limit, PageOf, Sent
from web.api.events import Event
from web.api.routing import api_router, body_failures, failures
from web.deps import Engine

router = api_router("Runs", "/runs")

RunId = Annotated[str, Path(description="Id of the run.")]
Status = Literal["queued", "running", "waiting", "held", "succeeded", "failed", "filtered", "cancelled"]
"""queued → running → succeeded, failed, filtered or cancelled; or waiting for a time, or held for a person."""


class Run(Answer):
    """One execution of a workflow for one event."""

    id: str
    workflow_id: str
    workflow_name: str
    version_number: int | None = Field(description="Of the version that runs; null for a test of a draft.")
    event_id: str
    subject: str = Field(description="Whom the event is about, as far as it tells.", examples=["anna@example.com"])
    mode: Literal["live", "test", "dry"]
    status: Status
    reason: str = Field(description="Why it waits, is held or has failed, in plain English.")
    step_path: str | None = Field(description="Where it stands or stopped.", examples=["split/vip/send"])
    error: dict[str, Any] | None = Field(description="kind, message, remedy and more of the failure.")
    wake_at: datetime | None = Field(description="When a waiting run goes on.")
    recoveries: int = Field(description="How often it went on after Stepline was stopped in the middle.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Decided(Answer):
    """What a person said about a try whose run was held."""

    answer: Literal["done", "retry"]
    by: str = Field(description="The person's name, as it was then.", examples=["Olivia Lund"])
    at: datetime


class Attempt(Answer):
    """One try of a step that reaches outside."""

    number: int
    status: Literal["started", "succeeded", "failed", "uncertain"]
    exchanges: list[dict[str, Any]] = Field(description="HTTP requests with their answers, secrets removed.")
    error: dict[str, Any] | None
    decision: Decided | None = Field(description="What a person said about it, if its run was held.")
    started_at: datetime
    finished_at: datetime | None


class StepRun(Answer):
    """One step in one run."""

    path: str = Field(description="Names branches and iterations too.", examples=["each_task/3/send"])
    key: str
    title: str
    depth: int = Field(description="How many branches and loops it stands in.")
    iteration: int | None = Field(description="Of the innermost loop around it, from 0.")
    kind: str = Field(examples=["action"])
    operation: str | None = Field(examples=["mailercloud.contacts.upsert"])
    status: Literal["running", "waiting", "held", "succeeded", "failed", "skipped", "stopped", "uncertain"] = Field(
        description="waiting: for a time. held: for a person. stopped: not finished when the run ended. "
        "uncertain: may or may not have been done, so a person is asked."
    )
    input: Any
    output: Any
    error: dict[str, Any] | None
    wake_at: datetime | None
    started_at: datetime
    finished_at: datetime | None
    attempts: list[Attempt]


class RunDetail(Run):
    """A run with its timeline."""

    event: Event
    steps: list[StepRun] = Field(description="In the order in which the run came to them.")


class Decision(Sent):
    """What a person found out about the step at which a run is held."""

    answer: Literal["done", "retry"] = Field(description="done: the step took effect after all. retry: try it again.")
    output: Any = Field(default=None, description="With done: what the step is to have given to the steps after it.")


class Repeated(BaseModel):
    run_id: str = Field(description="Of the new run.")
    event_id: str


@router.get("", summary="List runs", responses=failures(422))
def list_runs(
    user: TokenUser,
    engine: Engine,
    status: Annotated[list[Status] | None, Query(description="Only in these states; may be repeated.")] = None,
    workflow: Annotated[str | None, Query(description="Only of the workflow with this id.")] = None,
    text: Annotated[str, Query(description="Only with this text in the event or the workflow's name.")] = "",
    before: Before = None,
    limit: Limit = DEFAULT_LIMIT,
) -> PageOf[Run]:
    """Newest first."""
    page = engine.runs.list(statuses=status or (), workflow_id=workflow, text=text, before=before, limit=limit)
    return PageOf(items=[Run.model_validate(run) for run in page.items], next=page.next)


@router.get("/{run_id}", summary="Get a run with its timeline", responses=failures(404))
def get_run(user: TokenUser, engine: Engine, run_id: RunId) -> RunDetail:
    """Every step with its input, output, error, and the requests it made."""
    detail = engine.runs.get(run_id)
    return RunDetail(
        **Run.model_validate(detail.run).model_dump(),
        event=Event.model_validate(detail.event),
        steps=[
            StepRun.model_validate(replace(step, status=statuses.of_step(step, detail.run))) for step in detail.steps
        ],
    )


@router.post("/{run_id}/cancel", summary="Cancel a run", responses=failures(404, 409))
def cancel_run(user: TokenUser, engine: Engine, run_id: RunId) -> Run:
    """Stops it for good. A step that is under way is not undone."""
    engine.run_control.cancel(run_id)
    return Run.model_validate(engine.runs.get(run_id).run)


@router.post("/{run_id}/resolve", summary="Decide about a held run", responses=body_failures(404, 409))
def resolve_run(user: TokenUser, engine: Engine, run_id: RunId, decision: Decision) -> Run:
    """Lets it go on: its step counts as done, or is tried again."""
    engine.run_control.resolve(run_id, decision.answer, decision.output, by=user.name or user.email)
    return Run.model_validate(engine.runs.get(run_id).run)


@router.post("/{run_id}/repeat", status_code=202, summary="Run the same event again", responses=failures(404, 409, 429))
async def repeat_run(user: TokenUser, engine: Engine, run_id: RunId) -> Repeated:
    """A new run of a finished one, from the start, on the same version, with what the event carried."""
    accepted = await engine.run_control.replay(run_id)
    return Repeated(run_id=accepted.run_ids[0], event_id=accepted.event_id)
