from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.routes.request import both_slashes, route, same_location, whole
from web.sandbox.replies import Record, Reply


def routes(account: GhlAccount) -> list[Route]:
    handlers = FormHandlers(account)
    return [
        *both_slashes("GET", "/forms/", handlers.list),
        route("GET", "/forms/submissions", handlers.submissions),
    ]


class FormHandlers:
    def __init__(self, account: GhlAccount) -> None:
        self._account = account

    async def list(self, request: Request) -> Reply:
        same_location(self._account, request.query_params.get("locationId"))
        forms = self._account.forms.forms
        return Reply({"forms": forms, "total": len(forms)})

    async def submissions(self, request: Request) -> Reply:
        same_location(self._account, request.query_params.get("locationId"))
        found = self._account.forms.found(request.query_params)
        size, page = whole(request, "limit", 20, 100), whole(request, "page", 1, 10_000)
        meta: Record = {"total": len(found), "currentPage": page, "nextPage": None, "prevPage": None}
        if page * size < len(found):
            meta["nextPage"] = page + 1
        if page > 1:
            meta["prevPage"] = page - 1
        return Reply({"submissions": found[(page - 1) * size : page * size], "meta": meta})
