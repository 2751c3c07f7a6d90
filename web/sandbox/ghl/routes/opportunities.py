"""Pipelines and the opportunities in them."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.fields import CREATE_OPPORTUNITY, UPDATE_OPPORTUNITY, text
from web.sandbox.ghl.opportunities import behind, cursor_of
from web.sandbox.ghl.routes.request import bodied, both_slashes, double_cursor, located, route, same_location, whole
from web.sandbox.replies import Record, Reply


def routes(account: GhlAccount) -> list[Route]:
    handlers = OpportunityHandlers(account)
    return [
        route("GET", "/opportunities/pipelines", handlers.pipelines),
        route("GET", "/opportunities/search", handlers.search),
        *both_slashes("POST", "/opportunities/", handlers.create),
        route("GET", "/opportunities/{id}", handlers.get),
        route("PUT", "/opportunities/{id}", handlers.update),
        route("DELETE", "/opportunities/{id}", handlers.delete),
        route("PUT", "/opportunities/{id}/status", handlers.set_status),
    ]


class OpportunityHandlers:
    def __init__(self, account: GhlAccount) -> None:
        self._account = account
        self._opportunities = account.opportunities

    async def pipelines(self, request: Request) -> Reply:
        same_location(self._account, request.query_params.get("locationId"))
        return Reply({"pipelines": self._account.pipelines})

    async def search(self, request: Request) -> Reply:
        """By page number, or behind the cursor of both `startAfter` and `startAfterId`."""
        asked, after = request.query_params, double_cursor(request)
        same_location(self._account, asked.get("location_id"))
        matching = self._opportunities.searched(asked)
        rest = behind(matching, after)
        size, page = whole(request, "limit", 20, 100), whole(request, "page", 1, 10_000)
        start = 0 if after else (page - 1) * size
        rows = rest[start : start + size]
        meta: Record = {"total": len(matching), "currentPage": page}
        cursor = cursor_of(rows[-1]) if rows else after
        if cursor is not None:
            meta |= {"startAfter": cursor[0], "startAfterId": cursor[1]}
        if start + size < len(rest):
            parts = {**asked, "startAfter": meta["startAfter"], "startAfterId": meta["startAfterId"]}
            meta |= {"nextPage": page + 1, "nextPageUrl": str(request.url.replace(query=urlencode(parts)))}
        return Reply({"opportunities": rows, "meta": meta, "aggregations": {}})

    async def create(self, request: Request) -> Reply:
        required = ("pipelineId", "name", "status", "contactId")
        body = await located(self._account, request, CREATE_OPPORTUNITY, required)
        contact, pipeline = self._account.contacts.get(body["contactId"]), self._account.pipeline(body["pipelineId"])
        return Reply({"opportunity": self._opportunities.create(contact, pipeline, body)}, 201)

    async def get(self, request: Request) -> Reply:
        return Reply({"opportunity": self._opportunity(request)})

    async def update(self, request: Request) -> Reply:
        return Reply({"opportunity": self._change(request, await bodied(request, UPDATE_OPPORTUNITY))})

    async def set_status(self, request: Request) -> Reply:
        self._change(request, await bodied(request, {"status": text, "lostReasonId": text}, ("status",)))
        return Reply({"succeded": True})

    async def delete(self, request: Request) -> Reply:
        self._opportunities.remove(self._opportunity(request))
        return Reply({"succeded": True})

    def _opportunity(self, request: Request) -> Record:
        return self._opportunities.get(request.path_params["id"])

    def _change(self, request: Request, values: Record) -> Record:
        record = self._opportunity(request)
        pipeline = self._account.pipeline(str(values.get("pipelineId") or record["pipelineId"]))
        return self._opportunities.change(record, values, pipeline)
