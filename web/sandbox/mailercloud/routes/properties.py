"""Contact properties."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ids import mailercloud_id
from web.sandbox.mailercloud.account import MailercloudAccount
from web.sandbox.mailercloud.errors import already_there, invalid, missing
from web.sandbox.mailercloud.fields import by_name, check_length, page_of
from web.sandbox.replies import Record, Reply, json_body

TYPES = {"text": "Text", "number": "Number", "date": "Date", "textarea": "Textarea"}


def routes(account: MailercloudAccount) -> list[Route]:
    handlers = PropertyHandlers(account)
    return [
        Route("/contact/property/search", handlers.search, methods=["POST"]),
        Route("/contact/property", handlers.create, methods=["POST"]),
        Route("/contact/property/{id}", handlers.update, methods=["PATCH"]),
        Route("/contact/property/{id}", handlers.delete, methods=["DELETE"]),
    ]


class PropertyHandlers:
    def __init__(self, account: MailercloudAccount) -> None:
        self._account = account

    async def search(self, request: Request) -> Reply:
        body = await json_body(request)
        kinds = {"default": (True,), "custom": (False,)}.get(body.get("type", ""), (True, False))
        rows = [record for record in self._account.properties.values() if record["is_default"] in kinds]
        found = by_name(body, rows, search="search", name="field_name")
        return Reply({"data": page_of(body, found), "count": len(found)})

    async def create(self, request: Request) -> Reply:
        body = await json_body(request)
        name = self._free_name(body)
        kind = TYPES.get(str(body.get("type")).lower())
        if kind is None:
            raise invalid("type", f"type must be one of {', '.join(TYPES)}")
        record: Record = {"id": mailercloud_id(), "field_name": name, "field_value": name.lower().replace(" ", "_")}
        record |= {"field_type": kind, "is_default": False}
        self._describe(record, body)
        self._account.properties[record["id"]] = record
        return Reply({"id": record["id"]})

    async def update(self, request: Request) -> Reply:
        record = self._property(request)
        body = await json_body(request)
        record["field_name"] = self._free_name(body, but=record["id"])
        self._describe(record, body)
        return Reply({"id": record["id"]})

    async def delete(self, request: Request) -> Reply:
        record = self._property(request)
        if record["is_default"]:
            raise invalid("id", "Default properties cannot be deleted")
        del self._account.properties[record["id"]]
        return Reply({"message": "Property deleted successfully"})

    def _describe(self, record: Record, body: Record) -> None:
        if body.get("description"):
            record["description"] = check_length(body, "description", 3, 500)

    def _property(self, request: Request) -> Record:
        record = self._account.properties.get(request.path_params["id"])
        if record is None:
            raise missing("Property")
        return record

    def _free_name(self, body: Record, but: str = "") -> str:
        name = check_length(body, "name", 3, 30)
        records = self._account.properties.values()
        if any(r["field_name"].lower() == name.lower() and r["id"] != but for r in records):
            raise already_there("Property name already exist")
        return name
