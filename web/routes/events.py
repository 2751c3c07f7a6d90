"""Events: what reached this server, what became of it, and sending it again."""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from engine.errors import NotFound
from engine.events import EventRecord, EventSource, EventStatus
from web import bulk
from web.deps import Engine, SignedIn
from web.forms import Posted
from web.htmx import render
from web.paging import older_link

router = APIRouter()
STATUSES: tuple[EventStatus, ...] = get_args(EventStatus)
SOURCES: tuple[EventSource, ...] = get_args(EventSource)


@router.get("/events")
def list_events(
    request: Request,
    user: SignedIn,
    engine: Engine,
    status: str = "",
    source: str = "",
    q: str = "",
    before: str = "",
) -> Response:
    chosen = next((known for known in STATUSES if known == status), None)
    origin = next((known for known in SOURCES if known == source), None)
    page = engine.events.list(status=chosen, source=origin, text=q, before=before or None)
    return render(
        request,
        "events/index.html",
        fragment="events/_table.html",
        events=page.items,
        older=older_link(request, page.next),
        status=chosen or "",
        source=origin or "",
        statuses_known=STATUSES,
        q=q,
        first_page=not before,
        titles={operation.id: operation.title for operation in engine.registry.operations()},
    )


@router.post("/events/bulk")
def act_on_many(request: Request, user: SignedIn, form: Posted) -> Response:
    return bulk.asked_first(request, "/events/again", form, "/events")


@router.get("/events/{event_id}")
def show_event(request: Request, user: SignedIn, engine: Engine, event_id: str) -> Response:
    event = engine.events.get(event_id)
    return render(
        request,
        "events/event.html",
        event=event,
        runs=[engine.runs.get(run_id).run for run_id in event.run_ids],
        account=_account(engine, event),
        title=next((known.title for known in engine.registry.operations() if known.id == event.operation), ""),
    )


def _account(engine: Stepline, event: EventRecord) -> tuple[str, str]:
    """(name, path) of the connection or workflow whose hook it came in by; empty when that is gone or none."""
    hook = engine.hooks.get(event.hook_id) if event.hook_id else None
    try:
        if hook is not None and hook.connection_id is not None:
            return engine.connections.get(hook.connection_id).name, f"/connections/{hook.connection_id}"
        if hook is not None and hook.workflow_id is not None:
            return engine.workflows.get(hook.workflow_id).name, f"/workflows/{hook.workflow_id}"
    except NotFound:
        pass
    return "", ""
