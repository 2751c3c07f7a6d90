"""Who calls the API: a user, by one of their tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from engine.accounts import User
from web.deps import AccountsDep

BEARER = HTTPBearer(
    scheme_name="token",
    description="An API token. Make one on your account page, or with `stepline tokens create`.",
    auto_error=False,
)


def token_user(accounts: AccountsDep, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> User:
    """The token's owner; 401 without a token that works. Plain `def`: it reads the database."""
    user = accounts.token_user(given.credentials) if given is not None else None
    if user is None:
        raise HTTPException(
            401,
            "Send an API token that works: Authorization: Bearer sl_…",
            headers={"WWW-Authenticate": 'Bearer realm="Stepline"'},
        )
    return user


TokenUser = Annotated[User, Depends(token_user)]
