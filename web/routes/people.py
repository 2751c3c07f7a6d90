"""Who may sign in: inviting people by a one-time link, and removing them. For owners."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.accounts import User
from engine.assembly import Stepline
from engine.errors import Invalid, Refused
from web.deps import Engine, Owner
from web.flash import Flash
from web.forms import Form, Posted, first
from web.htmx import redirect, render

router = APIRouter(prefix="/settings/people")
LINK_LASTS = timedelta(days=7)


@router.get("")
def list_people(request: Request, user: Owner, engine: Engine) -> Response:
    return _page(request, engine)


@router.post("")
def invite(request: Request, user: Owner, engine: Engine, form: Posted) -> Response:
    """The link is in this answer and nowhere else, so this answer is a page, not a redirect."""
    role = "owner" if first(form, "role") == "owner" else "member"
    try:
        invited = engine.accounts.create_user(first(form, "email"), first(form, "name"), None, role)
    except Invalid as refused:
        return _page(request, engine, refused=refused, form=form)
    return _page(request, engine, linked=invited)


@router.post("/{user_id}/link")
def new_link(request: Request, user: Owner, engine: Engine, user_id: str) -> Response:
    """For somebody who has lost the invitation or the password."""
    return _page(request, engine, linked=engine.accounts.get_user(user_id))


@router.get("/{user_id}/remove")
def confirm_removal(request: Request, user: Owner, engine: Engine, user_id: str) -> Response:
    person = engine.accounts.get_user(user_id)
    theirs = engine.workflows.list(owner_id=user_id)
    return render(request, "settings/remove.html", person=person, theirs=theirs, is_me=person.id == user.id)


@router.post("/{user_id}/remove")
def remove(request: Request, user: Owner, engine: Engine, user_id: str) -> Response:
    person = engine.accounts.get_user(user_id)
    try:
        engine.accounts.delete_user(user_id)
    except Refused as refused:
        return redirect(request, "/settings/people", Flash(refused.message, "bad"))
    message = Flash(f"{person.name} cannot sign in any more.", "info")
    return redirect(request, "/signin" if person.id == user.id else "/settings/people", message)


def _page(
    request: Request,
    engine: Stepline,
    *,
    linked: User | None = None,
    refused: Invalid | None = None,
    form: Form | None = None,
) -> Response:
    link = ""
    if linked is not None:
        token = engine.accounts.create_login_link("signin", linked.id, LINK_LASTS)
        link = f"{engine.settings.public_url}/signin/{token}"
    response = render(
        request,
        "settings/people.html",
        status_code=422 if refused else 200,
        known=engine.accounts.list_users(),
        owned=Counter(workflow.owner_id for workflow in engine.workflows.list()),
        linked=linked,
        link=link,
        days=LINK_LASTS.days,
        problems={problem.field: problem.message for problem in refused.problems} if refused else {},
        entered={name: first(form, name) for name in ("name", "email", "role")} if form else {},
    )
    response.headers["Cache-Control"] = "no-store"
    return response
