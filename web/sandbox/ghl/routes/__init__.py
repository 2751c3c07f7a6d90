"""The HTTP face of the location, one file a noun."""

from __future__ import annotations

from starlette.routing import Router

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.oauth import OAuthServer
from web.sandbox.ghl.routes import (
    appointments,
    contacts,
    custom_fields,
    forms,
    locations,
    notes,
    oauth,
    opportunities,
    tags,
    tasks,
)


def router(account: GhlAccount, server: OAuthServer) -> Router:
    """Every route of the stand-in. Handlers raise Refused; the gate before them answers it."""
    nouns = (tags, tasks, notes, appointments, contacts, custom_fields, locations, opportunities, forms)
    own = [route for noun in nouns for route in noun.routes(account)]
    return Router([*own, *oauth.routes(server)], redirect_slashes=False)
