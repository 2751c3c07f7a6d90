"""Signing in at an app's own page (OAuth): there, back, and the choice of one account out of many.

`next`, in addresses, is where a person came from and goes back to once everything is done.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engine.assembly import Stepline
from engine.connections import TestOutcome
from engine.errors import NotFound, Refused
from engine.oauth import Declined, SignedIn
from engine.oauth.sign_in import CALLBACK
from web import deps
from web.deps import Engine
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render
from web.security import safe_next
from web.sign_in_panel import page_of

router = APIRouter()


@router.get("/connections/{connection_id}/authorize")
def leave(request: Request, user: deps.SignedIn, engine: Engine, connection_id: str, next: str = "") -> Response:
    """To the app's page. It is a link, since a content security policy lets no form end at another site."""
    back = safe_next(next, "")
    try:
        url = engine.sign_ins.begin(connection_id, user.id, back)
    except Refused as refused:
        return redirect(request, page_of(connection_id, back), Flash(refused.message, "bad"))
    return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})


@router.get(CALLBACK)
async def come_back(
    request: Request,
    user: deps.SignedIn,
    engine: Engine,
    state: str = "",
    code: str = "",
    error: str = "",
    error_description: str = "",
) -> Response:
    """The app sends the browser here."""
    back = engine.sign_ins.back_of(state, user.id)
    try:
        done = await engine.sign_ins.finish(state, code, user.id, error=error_description or error)
    except Declined as declined:
        return redirect(request, page_of(declined.connection_id, back), _not_done(declined))
    except (Refused, NotFound) as refused:
        return redirect(request, "/connections", Flash(refused.message, "bad"))
    return _next(request, done, back)


@router.get("/connections/{connection_id}/account")
async def choose(request: Request, user: deps.SignedIn, engine: Engine, connection_id: str, next: str = "") -> Response:
    """`next` is where to go afterwards: the form is sent to the same address."""
    try:
        accounts = await engine.sign_ins.accounts(connection_id)
    except Refused as refused:
        return redirect(request, page_of(connection_id, safe_next(next, "")), Flash(refused.message, "bad"))
    return await run_in_threadpool(_choice, request, engine, connection_id, accounts)


@router.post("/connections/{connection_id}/account")
async def chosen(
    request: Request, user: deps.SignedIn, engine: Engine, connection_id: str, form: Posted, next: str = ""
) -> Response:
    back = safe_next(next, "")
    try:
        done = await engine.sign_ins.choose(connection_id, first(form, "account"))
    except Refused as refused:
        return redirect(request, page_of(connection_id, back), Flash(refused.message, "bad"))
    return _next(request, done, back)


def _choice(request: Request, engine: Stepline, connection_id: str, accounts: list[dict[str, str]]) -> Response:
    record = engine.connections.get(connection_id)
    connector = engine.registry.connector(record.connector)
    kind = connector.auth_kind(record.auth)
    return render(
        request,
        "connections/account.html",
        connection=record,
        connector=connector,
        noun=kind.accounts.noun if kind and kind.accounts else "account",
        accounts=accounts,
    )


def _next(request: Request, done: SignedIn, back: str) -> Response:
    if done.outcome is None:
        return redirect(request, page_of(done.connection_id, back, "/account"))
    works = back if done.outcome.ok else ""
    return redirect(request, works or f"/connections/{done.connection_id}", _told(done.outcome))


def _told(outcome: TestOutcome) -> Flash:
    if not outcome.ok:
        return Flash(f"You signed in, but the app does not let Stepline in: {outcome.message}", "warn")
    text = f"You are signed in: {outcome.message}." if outcome.message else "You are signed in."
    if outcome.released:
        text += f" {outcome.released} held {'run goes' if outcome.released == 1 else 'runs go'} on now."
    return Flash(text)


def _not_done(declined: Declined) -> Flash:
    return Flash(f"The sign-in was not completed. {declined.message}", "bad")
