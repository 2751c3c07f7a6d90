"""Settings: oneself, and what is set on this server."""

from __future__ import annotations

import os
import platform

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.accounts import User
from engine.errors import Invalid
from web import __version__, deps
from web.deps import CookiesDep, Engine, Owner, SignedIn
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render
from web.server_settings import shown

router = APIRouter()


@router.get("/settings")
def show_profile(request: Request, user: SignedIn) -> Response:
    return _profile(request, user)


@router.post("/settings/profile")
def change_profile(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    try:
        engine.accounts.change_profile(user.id, first(form, "name"), first(form, "email"))
    except Invalid as refused:
        return _profile(request, user, refused, first(form, "name"), first(form, "email"))
    return redirect(request, "/settings", Flash("Saved."))


@router.post("/settings/password")
def change_password(request: Request, user: SignedIn, engine: Engine, cookies: CookiesDep, form: Posted) -> Response:
    session = cookies.get(request, deps.SESSION_COOKIE)
    try:
        engine.accounts.change_password(user.id, first(form, "current"), first(form, "password"), keep_session=session)
    except Invalid as refused:
        return _profile(request, user, refused)
    return redirect(request, "/settings", Flash("Your password is changed. Other browsers are signed out."))


@router.get("/settings/server")
def show_server(request: Request, user: Owner, engine: Engine) -> Response:
    settings = engine.settings
    facts = {
        "Version": f"Stepline {__version__}",
        "Address": settings.public_url,
        "Database": {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[engine.database.dialect],
        "Data folder": str(settings.data_dir),
        "Settings file": os.environ.get("STEPLINE_CONFIG", str(settings.data_dir / "stepline.toml")),
        "Python": platform.python_version(),
    }
    return render(
        request,
        "settings/server.html",
        facts=facts,
        settings=shown(settings, os.environ),
        public_is_local=not settings.secure,
    )


def _profile(
    request: Request, user: User, refused: Invalid | None = None, name: str | None = None, email: str | None = None
) -> Response:
    problems = {problem.field: problem.message for problem in refused.problems} if refused else {}
    return render(
        request,
        "settings/profile.html",
        status_code=422 if refused else 200,
        name=user.name if name is None else name,
        email=user.email if email is None else email,
        problems=problems,
    )
