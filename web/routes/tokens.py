"""API tokens: for programs that use the API in one's name."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.accounts import User
from engine.assembly import Stepline
from engine.errors import Invalid
from web.deps import Engine, SignedIn
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render

router = APIRouter(prefix="/settings/tokens")


@router.get("")
def show_tokens(request: Request, user: SignedIn, engine: Engine) -> Response:
    return _page(request, user, engine)


@router.post("")
def create_token(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    """The token is in this answer and nowhere else, so this answer is a page, not a redirect."""
    try:
        token, _ = engine.accounts.create_token(user.id, first(form, "name"))
    except Invalid as refused:
        return _page(request, user, engine, refused)
    return _page(request, user, engine, token=token)


@router.post("/{token_id}/revoke")
def revoke_token(request: Request, user: SignedIn, engine: Engine, token_id: str) -> Response:
    engine.accounts.revoke_token(user.id, token_id)
    return redirect(request, "/settings/tokens", Flash("The token works no longer.", "info"))


def _page(request: Request, user: User, engine: Stepline, refused: Invalid | None = None, token: str = "") -> Response:
    problems = {problem.field: problem.message for problem in refused.problems} if refused else {}
    response = render(
        request,
        "settings/tokens.html",
        status_code=422 if refused else 200,
        tokens=[known for known in engine.accounts.list_tokens(user.id) if known.revoked_at is None],
        token=token,
        problems=problems,
        public_url=engine.settings.public_url,
    )
    response.headers["Cache-Control"] = "no-store"
    return response
