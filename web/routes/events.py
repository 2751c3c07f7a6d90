"""Events: what reached this server, and what became of it."""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.events import EventStatus
from web.deps import Engine, SignedIn
from web.htmx import render
from web.paging import older_link

router = APIRouter()
STATUSES: tuple[EventStatus, ...] = get_args(EventStatus)


@router.get("/events")
def list_events(
    request: Request, user: SignedIn, engine: Engine, status: str = "", q: str = "", before: str = ""
) -> Response:
    chosen = next((known for known in STATUSES if known == status), None)
    page = engine.events.list(status=chosen, text=q, before=before or None)
    return render(
        request,
        "events/index.html",
        fragment="events/_table.html",
        events=page.items,
        older=older_link(request, page.next),
        status=chosen or "",
        statuses_known=STATUSES,
        q=q,
        first_page=not before,
        registry=engine.registry,
    )


@router.get("/events/{event_id}")
def show_event(request: Request, user: SignedIn, engine: Engine, event_id: str) -> Response:
    event = engine.events.get(event_id)
    runs = [engine.runs.get(run_id).run for run_id in event.run_ids]
    return render(request, "events/event.html", event=event, runs=runs)
