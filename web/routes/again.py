"""Doing again what was done: first a page that says what that means, then the deed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from engine.errors import Refused
from engine.events import EventRecord
from web import bulk
from web.deps import Engine, SignedIn
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render
from web.security import safe_next
from web.templating import plural

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do again, and what would run then."""

    id: str
    title: str
    starts: str


@router.get("/events/again")
async def ask_about_events(request: Request, user: SignedIn, engine: Engine, next: str = "/events") -> Response:
    events = await run_in_threadpool(bulk.asked, request, engine.events.get)
    names = {workflow.id: workflow.name for workflow in await run_in_threadpool(engine.workflows.list)}
    lines = [Line(event.id, event.subject, await _starts(engine, event, names)) for event in events]
    return _ask(request, "event", "Send", lines, safe_next(next, "/events"), "/events/again")


@router.post("/events/again")
async def send_events(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    """Hands them to the workflows that listen today; they become new events, and a single one is shown."""
    ids, back = bulk.chosen(form), safe_next(first(form, "next"), "/events")
    if len(ids) != 1:
        tally = await bulk.each_async(ids, engine.receiver.resend)
        return redirect(request, back, tally.flash("event", "sent again"))
    try:
        receipt = await engine.receiver.resend(ids[0])
    except Refused as refused:
        return redirect(request, f"/events/{ids[0]}", Flash(refused.message, "warn"))
    return redirect(request, f"/events/{receipt.event_ids[0]}", Flash("Sent again. This is the new event."))


@router.get("/runs/again")
def ask_about_runs(request: Request, user: SignedIn, engine: Engine, next: str = "/runs") -> Response:
    runs = [detail.run for detail in bulk.asked(request, engine.runs.get)]
    lines = [Line(run.id, run.subject, f"“{run.workflow_name}”") for run in runs]
    return _ask(request, "run", "Run", lines, safe_next(next, "/runs"), "/runs/again")


@router.post("/runs/again")
async def repeat_runs(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    tally = await bulk.each_async(bulk.chosen(form), engine.run_control.replay)
    return redirect(request, safe_next(first(form, "next"), "/runs"), tally.flash("run", "started again"))


def _ask(request: Request, noun: str, verb: str, lines: Sequence[Line], back: str, action: str) -> Response:
    heading = f"{verb} {plural(len(lines), noun)} again?"
    return render(request, "again.html", heading=heading, verb=verb, noun=noun, lines=lines, next=back, action=action)


async def _starts(engine: Stepline, event: EventRecord, names: dict[str, str]) -> str:
    """The workflows that listen today, by name."""
    listeners = await engine.subscriptions.listeners(event.hook_id) if event.hook_id else ()
    wanted = [one for one in listeners if event.operation in (None, one.operation)]
    return ", ".join(f"“{names[one.workflow_id]}”" for one in wanted if one.workflow_id in names)
