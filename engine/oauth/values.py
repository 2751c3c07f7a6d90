"""How a token stands among a connection's values. Pure: no clock, no storage.

access_token   what requests are signed with
refresh_token  gets the next token; most services accept it once
expires_at     when the access token ends, renew_at when it is time for a new one
scopes         what the service says it allows; absent when it does not say
granted        what else the service said about the token
account        the chosen account, where the refresh token is for many accounts
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors._kit.model import AuthKind, Connector
from connectors._kit.oauth import Token, needs_account
from connectors._kit.registry import Registry

Values = Mapping[str, Any]
EARLY = timedelta(minutes=5)
"""So long before its end a token is renewed; one that lives shortly, after three quarters of its life."""


def kind_of(registry: Registry, connector: str, auth: str) -> tuple[Connector, AuthKind] | None:
    """The connector and its OAuth log-in; None when this is another kind of log-in."""
    found = registry.connectors.get(connector)
    kind = found.auth_kind(auth) if found else None
    return (found, kind) if found and kind and kind.kind == "oauth2" else None


def from_token(token: Token, now: datetime) -> dict[str, Any]:
    """The values that a fresh token sets; None removes one."""
    values: dict[str, Any] = {
        "access_token": token.access_token,
        "refresh_token": token.refresh_token or None,
        **_times(token, now),
    }
    return values | ({} if token.scopes is None else {"scopes": list(token.scopes)})


def narrowed(wide: Values, token: Token, account: str, now: datetime) -> dict[str, Any]:
    """The values that the token for one account sets in place of the `wide` ones for all.

    A token with a refresh token of its own stands alone; otherwise the wide one goes on getting the next.
    """
    values = from_token(token, now) | {"account": account}
    if token.refresh_token:
        return values | {"granted": dict(token.facts)}
    return values | {"refresh_token": wide.get("refresh_token")}


def is_due(values: Values, now: datetime) -> bool:
    """Whether the token should be renewed now."""
    renew_at = values.get("renew_at")
    return bool(values.get("refresh_token")) and renew_at is not None and datetime.fromisoformat(renew_at) <= now


def has_ended(values: Values, now: datetime) -> bool:
    expires_at = values.get("expires_at")
    return expires_at is not None and datetime.fromisoformat(expires_at) <= now


def is_narrowed(auth: AuthKind, values: Values) -> bool:
    """The refresh token is for many accounts; each renewal ends with an exchange for the chosen one."""
    return bool(values.get("account")) and needs_account(auth, values.get("granted") or {})


def awaits_account(auth: AuthKind, values: Values) -> bool:
    """Signed in, but the account has still to be chosen."""
    return not values.get("account") and needs_account(auth, values.get("granted") or {})


def changed(values: Values, changes: Values) -> dict[str, Any]:
    """The values with the changes; None removes one."""
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def _times(token: Token, now: datetime) -> dict[str, Any]:
    if token.expires_in is None:
        return {"expires_at": None, "renew_at": None}
    expires_at = now + timedelta(seconds=token.expires_in)
    renew_at = expires_at - min(EARLY, timedelta(seconds=token.expires_in / 4))
    return {"expires_at": expires_at.isoformat(), "renew_at": renew_at.isoformat()}
