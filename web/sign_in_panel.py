"""What a connection's page says about signing in at the app's own page (OAuth)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from connectors._kit.model import AuthKind
from engine.assembly import Stepline
from engine.connections import ConnectionRecord
from engine.connections.permissions import Missing
from engine.oauth.values import awaits_account


@dataclass(frozen=True, slots=True)
class SignInPanel:
    """`redirect_uri` is what has to be entered in the app, to the letter."""

    redirect_uri: str
    signed_in: bool = False
    waits: bool = False
    """Signed in, but the account has still to be chosen."""
    noun: str = "account"
    scopes: Sequence[str] = ()
    missing: Mapping[str, Sequence[Missing]] | None = None
    """By permission: what needs it."""


def panel(engine: Stepline, auth: AuthKind | None, record: ConnectionRecord | None) -> SignInPanel | None:
    """None for other kinds of login. Without a record: for a connection that is being made."""
    if auth is None or auth.kind != "oauth2":
        return None
    address = engine.sign_ins.redirect_uri
    if record is None:
        return SignInPanel(address)
    public: Mapping[str, Any] = record.public
    return SignInPanel(
        address,
        signed_in=record.rotated_at is not None and "granted" in public,
        waits=awaits_account(auth, public),
        noun=auth.accounts.noun if auth.accounts else "account",
        scopes=sorted(public.get("scopes") or ()),
        missing=_by_scope(engine.connections.missing_scopes(record.id)),
    )


def page_of(connection_id: str, back: str, below: str = "") -> str:
    """The connection's page, or one below it, from which one goes on to `back` once one is signed in."""
    return f"/connections/{connection_id}{below}" + (f"?{urlencode({'next': back})}" if back else "")


def _by_scope(missing: Sequence[Missing]) -> dict[str, list[Missing]]:
    found: dict[str, list[Missing]] = {}
    for one in missing:
        found.setdefault(one.scope, []).append(one)
    return found
