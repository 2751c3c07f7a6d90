"""What handlers may ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException
from starlette.requests import Request

from engine.accounts import Accounts, User
from engine.assembly import Stepline
from web.security import Cookies
from web.throttle import SignInThrottle

SESSION_COOKIE = "session"


class SignInNeeded(Exception):
    """Raised for a page that only signed-in people may see; answered with a redirect to the sign-in page."""


async def engine(request: Request) -> Stepline:
    found: Stepline = request.app.state.stepline
    return found


async def accounts(request: Request) -> Accounts:
    found: Stepline = request.app.state.stepline
    return found.accounts


async def cookies(request: Request) -> Cookies:
    found: Cookies = request.app.state.cookies
    return found


async def throttle(request: Request) -> SignInThrottle:
    found: SignInThrottle = request.app.state.throttle
    return found


def visitor(
    request: Request,
    accounts: Annotated[Accounts, Depends(accounts)],
    cookies: Annotated[Cookies, Depends(cookies)],
) -> User | None:
    """Who is asking, if signed in. Plain `def`: it reads the database."""
    token = cookies.get(request, SESSION_COOKIE)
    user = accounts.session_user(token) if token else None
    request.state.user = user
    return user


async def signed_in(user: Annotated[User | None, Depends(visitor)]) -> User:
    if user is None:
        raise SignInNeeded
    return user


async def owner(user: Annotated[User, Depends(signed_in)]) -> User:
    if not user.is_owner:
        raise HTTPException(403, "Only an owner of this server may do this.")
    return user


Engine = Annotated[Stepline, Depends(engine)]
AccountsDep = Annotated[Accounts, Depends(accounts)]
CookiesDep = Annotated[Cookies, Depends(cookies)]
Visitor = Annotated[User | None, Depends(visitor)]
SignedIn = Annotated[User, Depends(signed_in)]
Owner = Annotated[User, Depends(owner)]
