"""Claiming a fresh server, signing in and out, and how the pages look to this browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from engine.accounts import User
from engine.errors import Invalid, Refused
from web import deps
from web.deps import AccountsDep, CookiesDep, Visitor
from web.flash import Flash
from web.htmx import redirect, render
from web.security import Cookies, safe_next
from web.templating import THEMES
from web.throttle import SignInThrottle, device_of, remember_device

router = APIRouter()
SESSION_SECONDS = int(timedelta(days=30).total_seconds())
YEAR = int(timedelta(days=365).total_seconds())
Text = Annotated[str, Form()]


@router.get("/setup")
def explain_setup(request: Request, accounts: AccountsDep) -> Response:
    if accounts.has_owner():
        return redirect(request, "/signin")
    return render(request, "account/setup_needed.html", status_code=200)


@router.get("/setup/{token}")
def show_setup(request: Request, token: str, accounts: AccountsDep) -> Response:
    if not accounts.login_link_works(token, "setup"):
        return render(request, "account/link_spent.html", status_code=410, purpose="setup")
    return render(request, "account/setup.html", token=token, values={}, problems={})


@router.post("/setup/{token}")
def set_up(
    request: Request,
    token: str,
    accounts: AccountsDep,
    cookies: CookiesDep,
    name: Text = "",
    email: Text = "",
    password: Text = "",
) -> Response:
    try:
        user = accounts.claim(token, email, name, password)
    except Invalid as refused:
        values = {"name": name, "email": email}
        problems = {problem.field: problem.message for problem in refused.problems}
        return render(request, "account/setup.html", status_code=422, token=token, values=values, problems=problems)
    except Refused:
        return render(request, "account/link_spent.html", status_code=410, purpose="setup")
    message = Flash(f"Welcome, {user.name}. This server is yours now.")
    return _signed_in(redirect(request, "/", message), accounts, cookies, user)


@router.get("/signin")
def show_sign_in(request: Request, accounts: AccountsDep, visitor: Visitor, next: str = "/") -> Response:
    if visitor is not None:
        return redirect(request, safe_next(next))
    if not accounts.has_owner():
        return render(request, "account/setup_needed.html")
    return render(request, "account/signin.html", next=safe_next(next), email="", problem="")


@router.post("/signin")
def sign_in(
    request: Request,
    accounts: AccountsDep,
    cookies: CookiesDep,
    throttle: Annotated[SignInThrottle, Depends(deps.throttle)],
    email: Text = "",
    password: Text = "",
    next: Text = "/",
) -> Response:
    def again(status: int, problem: str) -> Response:
        context = {"next": safe_next(next), "email": email, "problem": problem}
        return render(request, "account/signin.html", status_code=status, **context)

    address = request.client.host if request.client else "unknown"
    if not throttle.allows(address, email, device_of(request, cookies, email)):
        return again(429, "Too many tries. Wait a few minutes, then try again.")
    user = accounts.authenticate(email, password)
    if user is None:
        return again(422, "E-mail address and password do not belong together.")
    throttle.succeeded(address, email)
    return _signed_in(redirect(request, safe_next(next)), accounts, cookies, user)


@router.get("/signin/{token}")
def show_link(request: Request, token: str, accounts: AccountsDep) -> Response:
    """Opening the link uses nothing up, so that scanners and previews of links do no harm."""
    if not accounts.login_link_works(token, "signin"):
        return render(request, "account/link_spent.html", status_code=410, purpose="signin")
    return render(request, "account/signin_link.html", token=token)


@router.post("/signin/{token}")
def redeem_link(request: Request, token: str, accounts: AccountsDep, cookies: CookiesDep) -> Response:
    link = accounts.redeem_login_link(token, "signin")
    if link is None or link.user_id is None:
        return render(request, "account/link_spent.html", status_code=410, purpose="signin")
    return _signed_in(redirect(request, "/"), accounts, cookies, accounts.get_user(link.user_id))


@router.post("/signout")
def sign_out(request: Request, accounts: AccountsDep, cookies: CookiesDep) -> Response:
    if token := cookies.get(request, deps.SESSION_COOKIE):
        accounts.end_session(token)
    response = redirect(request, "/signin", Flash("You are signed out.", "info"))
    cookies.delete(response, deps.SESSION_COOKIE)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.post("/theme")
def choose_theme(request: Request, cookies: CookiesDep, theme: Text = "system", next: Text = "/") -> Response:
    response = redirect(request, safe_next(next))
    cookies.set(response, "theme", theme if theme in THEMES else "system", YEAR)
    return response


def _signed_in(response: Response, accounts: AccountsDep, cookies: Cookies, user: User) -> Response:
    """A new session with every sign-in, so that a token planted before is worth nothing."""
    cookies.set(response, deps.SESSION_COOKIE, accounts.create_session(user.id), SESSION_SECONDS)
    remember_device(response, cookies, user.email)
    return response
