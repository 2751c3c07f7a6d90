"""The location itself, its people, campaigns and workflows."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.oauth import SECOND_NAME
from web.sandbox.ghl.routes.request import both_slashes, route, same_location
from web.sandbox.replies import Reply
from web.sandbox.settings import SANDBOX_GHL_SECOND_LOCATION


def routes(account: GhlAccount) -> list[Route]:
    handlers = LocationHandlers(account)
    return [
        route("GET", "/locations/{locationId}", handlers.get),
        *both_slashes("GET", "/users/", handlers.users),
        route("GET", "/users/{userId}", handlers.user),
        *both_slashes("GET", "/campaigns/", handlers.campaigns),
        *both_slashes("GET", "/workflows/", handlers.workflows),
    ]


class LocationHandlers:
    def __init__(self, account: GhlAccount) -> None:
        self._account = account

    async def get(self, request: Request) -> Reply:
        if request.path_params["locationId"] == SANDBOX_GHL_SECOND_LOCATION:
            return Reply({"location": {"id": SANDBOX_GHL_SECOND_LOCATION, "name": SECOND_NAME}})
        same_location(self._account, request.path_params["locationId"])
        return Reply({"location": self._account.profile})

    async def users(self, request: Request) -> Reply:
        self._asked(request)
        return Reply({"users": self._account.users})

    async def user(self, request: Request) -> Reply:
        return Reply(self._account.user(request.path_params["userId"]))

    async def campaigns(self, request: Request) -> Reply:
        self._asked(request)
        status = request.query_params.get("status")
        campaigns = [c for c in self._account.campaigns if not status or c["status"] == status]
        return Reply({"campaigns": campaigns})

    async def workflows(self, request: Request) -> Reply:
        self._asked(request)
        return Reply({"workflows": self._account.workflows})

    def _asked(self, request: Request) -> None:
        same_location(self._account, request.query_params.get("locationId"))
