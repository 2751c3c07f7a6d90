"""Custom fields and custom values of the location."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.errors import missing
from web.sandbox.ghl.fields import CUSTOM_FIELD, CUSTOM_VALUE
from web.sandbox.ghl.routes.request import bodied, route, same_location
from web.sandbox.ids import ghl_id
from web.sandbox.replies import Record, Reply


def routes(account: GhlAccount) -> list[Route]:
    handlers = CustomFieldHandlers(account)
    fields, values = "/locations/{locationId}/customFields", "/locations/{locationId}/customValues"
    return [
        route("GET", fields, handlers.list),
        route("POST", fields, handlers.create),
        route("GET", fields + "/{id}", handlers.get),
        route("PUT", fields + "/{id}", handlers.update),
        route("DELETE", fields + "/{id}", handlers.delete),
        route("GET", values, handlers.list_values),
        route("POST", values, handlers.create_value),
    ]


class CustomFieldHandlers:
    def __init__(self, account: GhlAccount) -> None:
        self._account = account

    async def list(self, request: Request) -> Reply:
        self._located(request)
        model = request.query_params.get("model", "contact")
        fields = self._account.custom_fields.values()
        return Reply({"customFields": [f for f in fields if model in ("all", f["model"])]})

    async def create(self, request: Request) -> Reply:
        self._located(request)
        body = await bodied(request, CUSTOM_FIELD, ("name", "dataType"))
        model = body.get("model", "contact")
        field = {
            "id": ghl_id(),
            "fieldKey": f"{model}.{_key(body['name'])}",
            "placeholder": "",
            "position": 50 * len(self._account.custom_fields),
            "locationId": self._account.location,
            "model": model,
        } | body
        self._account.custom_fields[field["id"]] = field
        return Reply({"customField": field}, 201)

    async def get(self, request: Request) -> Reply:
        return Reply({"customField": self._field(request)})

    async def update(self, request: Request) -> Reply:
        field = self._field(request)
        field.update(await bodied(request, CUSTOM_FIELD, ("name",)))
        return Reply({"customField": field})

    async def delete(self, request: Request) -> Reply:
        del self._account.custom_fields[self._field(request)["id"]]
        return Reply({"succeded": True})

    async def list_values(self, request: Request) -> Reply:
        self._located(request)
        return Reply({"customValues": list(self._account.custom_values.values())})

    async def create_value(self, request: Request) -> Reply:
        self._located(request)
        body = await bodied(request, CUSTOM_VALUE, ("name", "value"))
        key = f"{{{{ custom_values.{_key(body['name'])} }}}}"
        value = {"id": ghl_id(), "fieldKey": key, "locationId": self._account.location} | body
        self._account.custom_values[value["id"]] = value
        return Reply({"customValue": value}, 201)

    def _located(self, request: Request) -> None:
        same_location(self._account, request.path_params["locationId"])

    def _field(self, request: Request) -> Record:
        self._located(request)
        field_id = request.path_params["id"]
        if field_id not in self._account.custom_fields:
            raise missing("Custom field", field_id)
        return self._account.custom_fields[field_id]


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
