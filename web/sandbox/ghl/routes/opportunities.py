"""Pipelines and the opportunities in them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.errors import missing, unprocessable
from web.sandbox.ghl.fields import CREATE_OPPORTUNITY, OPPORTUNITY_STATUSES, UPDATE_OPPORTUNITY, text
from web.sandbox.ghl.routes.request import bodied, both_slashes, located, route, same_location, whole
from web.sandbox.ids import ghl_id
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

    async def pipelines(self, request: Request) -> Reply:
        same_location(self._account, request.query_params.get("locationId"))
        return Reply({"pipelines": self._account.pipelines})

    async def search(self, request: Request) -> Reply:
        asked = request.query_params
        same_location(self._account, asked.get("location_id"))
        held = {"pipeline_id": "pipelineId", "pipeline_stage_id": "pipelineStageId", "contact_id": "contactId"}
        held |= {"assigned_to": "assignedTo", "status": "status"}
        matching = [
            record
            for record in self._account.opportunities.values()
            if asked.get("q", "").lower() in record["name"].lower()
            and all(asked.get(k) in (None, "", "all", record.get(v)) for k, v in held.items())
        ]
        size, page = whole(request, "limit", 20, 100), whole(request, "page", 1, 10_000)
        rows = matching[(page - 1) * size : page * size]
        meta = {"total": len(matching), "currentPage": page}
        if page * size < len(matching):
            meta["nextPage"] = page + 1
        return Reply({"opportunities": rows, "meta": meta, "aggregations": {}})

    async def create(self, request: Request) -> Reply:
        required = ("pipelineId", "name", "status", "contactId")
        body = await located(self._account, request, CREATE_OPPORTUNITY, required)
        contact = self._account.contacts.get(body["contactId"])
        now = self._account.now()
        record: Record = {
            "id": ghl_id(),
            "locationId": self._account.location,
            "source": "public api",
            "createdAt": now,
            "contact": {k: contact[k] for k in ("id", "name", "email", "phone", "tags") if contact.get(k)},
            "customFields": [],
        }
        stages = self._account.pipeline(body["pipelineId"])["stages"]
        self._set(record, {"pipelineStageId": stages[0]["id"]} | body)
        self._account.opportunities[record["id"]] = record
        return Reply({"opportunity": record}, 201)

    async def get(self, request: Request) -> Reply:
        return Reply({"opportunity": self._opportunity(request)})

    async def update(self, request: Request) -> Reply:
        record = self._opportunity(request)
        self._set(record, await bodied(request, UPDATE_OPPORTUNITY))
        return Reply({"opportunity": record})

    async def set_status(self, request: Request) -> Reply:
        record = self._opportunity(request)
        self._set(record, await bodied(request, {"status": text, "lostReasonId": text}, ("status",)))
        return Reply({"succeded": True})

    async def delete(self, request: Request) -> Reply:
        del self._account.opportunities[self._opportunity(request)["id"]]
        return Reply({"succeded": True})

    def _opportunity(self, request: Request) -> Record:
        record_id = request.path_params["id"]
        if record_id not in self._account.opportunities:
            raise missing("Opportunity", record_id)
        return self._account.opportunities[record_id]

    def _set(self, record: Record, values: Record) -> None:
        if values.get("status", "open") not in OPPORTUNITY_STATUSES:
            allowed = ", ".join(OPPORTUNITY_STATUSES)
            raise unprocessable([f"status must be one of the following values: {allowed}"])
        if "pipelineId" in values or "pipelineStageId" in values:
            pipeline = self._account.pipeline(str(values.get("pipelineId") or record.get("pipelineId")))
            stages = [stage["id"] for stage in pipeline["stages"]]
            if values.get("pipelineStageId", stages[0]) not in stages:
                raise unprocessable(["The pipeline stage id is invalid."])
        now = self._account.now()
        if values.get("status") not in (None, record.get("status")):
            record["lastStatusChangeAt"] = now
        if values.get("pipelineStageId") not in (None, record.get("pipelineStageId")):
            record["lastStageChangeAt"] = now
        record.update(values, updatedAt=now)
