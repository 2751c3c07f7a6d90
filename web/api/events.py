"""Events: what reached this server, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field

from engine.events import EventStatus
from web.api.access import TokenUser
from web.api.answers import DEFAULT_LIMIT, Answer, Before, Limit, PageOf
from web.api.routing import api_router, failures
from web.deps import Engine

router = api_router("Events", "/events")


class Event(Answer):
    """One thing that arrived."""

    id: str
    source: Literal["hook", "poll", "schedule", "api", "test"]
    operation: str | None = Field(
        description="Id of the trigger, when a workflow listened.", examples=["gohighlevel.contacts.created"]
    )
    status: EventStatus = Field(description="accepted: started runs. unmatched, refused: kept, but started nothing.")
    reason: str = Field(description="Why it started nothing.")
    subject: str = Field(description="Whom it is about, as far as it tells.", examples=["anna@example.com"])
    payload: Any
    created_at: datetime
    run_ids: list[str]


@router.get("", summary="List events", responses=failures(422))
def list_events(
    user: TokenUser,
    engine: Engine,
    status: Annotated[EventStatus | None, Query(description="Only with this status.")] = None,
    workflow: Annotated[str | None, Query(description="Only those that started the workflow with this id.")] = None,
    text: Annotated[str, Query(description="Only with this text in the payload.")] = "",
    before: Before = None,
    limit: Limit = DEFAULT_LIMIT,
) -> PageOf[Event]:
    """Newest first."""
    page = engine.events.list(status=status, workflow_id=workflow, text=text, before=before, limit=limit)
    return PageOf(items=[Event.model_validate(event) for event in page.items], next=page.next)


@router.get("/{event_id}", summary="Get an event", responses=failures(404))
def get_event(user: TokenUser, engine: Engine, event_id: Annotated[str, Path(description="Id of the event.")]) -> Event:
    return Event.model_validate(engine.events.get(event_id))
