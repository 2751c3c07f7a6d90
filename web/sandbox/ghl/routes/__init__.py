"""The HTTP face of the location, one file a noun."""

from __future__ import annotations

from starlette.routing import Router

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.routes import (
    appointments,
    contacts,
    custom_fields,
    forms,
    locations,
    notes,
    opportunities,
    tags,
    tasks,
)


def router(account: GhlAccount) -> Router:
    """Every route of the stand-in. Handlers raise Refused; the gate before them answers it."""
    nouns = (tags, tasks, notes, appointments, contacts, custom_fields, locations, opportunities, forms)
    return Router([route for noun in nouns for route in noun.routes(account)], redirect_slashes=False)
