from __future__ import annotations

from uuid import uuid4

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl import search, shapes
from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.errors import unprocessable
from web.sandbox.ghl.fields import CREATE_CONTACT, SEARCH_CONTACTS, UPDATE_CONTACT, UPSERT_CONTACT
from web.sandbox.ghl.routes.request import bodied, both_slashes, double_cursor, located, route, same_location, whole
from web.sandbox.replies import Reply


def routes(account: GhlAccount) -> list[Route]:
    handlers = ContactHandlers(account)
    return [
        *both_slashes("GET", "/contacts/", handlers.list),
        *both_slashes("POST", "/contacts/", handlers.create),
        route("POST", "/contacts/search", handlers.search),
        route("GET", "/contacts/search/duplicate", handlers.duplicate),
        route("POST", "/contacts/upsert", handlers.upsert),
        route("GET", "/contacts/{contactId}", handlers.get),
        route("PUT", "/contacts/{contactId}", handlers.update),
        route("DELETE", "/contacts/{contactId}", handlers.delete),
    ]


class ContactHandlers:
    def __init__(self, account: GhlAccount) -> None:
        self._account = account
        self._contacts = account.contacts

    async def list(self, request: Request) -> Reply:
        same_location(self._account, request.query_params.get("locationId"))
        page = search.listed(
            self._contacts.book,
            url=str(request.url.replace(query=f"locationId={self._account.location}")),
            limit=whole(request, "limit", 20, 100),
            query=request.query_params.get("query", ""),
            after=double_cursor(request),
        )
        return Reply(page | {"traceId": str(uuid4())})

    async def search(self, request: Request) -> Reply:
        body = await located(self._account, request, SEARCH_CONTACTS, ("pageLimit",))
        return Reply(search.searched(self._contacts.book, body) | {"traceId": str(uuid4())})

    async def duplicate(self, request: Request) -> Reply:
        asked = request.query_params
        same_location(self._account, asked.get("locationId"))
        if not asked.get("email") and not asked.get("number"):
            raise unprocessable(["either email or number is required"])
        contact = self._contacts.find(asked.get("email"), asked.get("number"))
        return Reply({"contact": shapes.one(contact) if contact else None, "traceId": str(uuid4())})

    async def create(self, request: Request) -> Reply:
        values = await located(self._account, request, CREATE_CONTACT)
        return Reply({"contact": shapes.created(self._contacts.create(values))}, 201)

    async def upsert(self, request: Request) -> Reply:
        values = await located(self._account, request, UPSERT_CONTACT)
        values.pop("createNewIfDuplicateAllowed", None)
        contact, new = self._contacts.upsert(values)
        return Reply({"new": new, "contact": shapes.one(contact), "traceId": str(uuid4())})

    async def get(self, request: Request) -> Reply:
        contact = self._contacts.get(request.path_params["contactId"])
        return Reply({"contact": shapes.one(contact), "traceId": str(uuid4())})

    async def update(self, request: Request) -> Reply:
        contact = self._contacts.get(request.path_params["contactId"])
        values = await bodied(request, UPDATE_CONTACT)
        return Reply({"succeded": True, "contact": shapes.one(self._contacts.change(contact, values))})

    async def delete(self, request: Request) -> Reply:
        self._account.remove_contact(self._contacts.get(request.path_params["contactId"]))
        return Reply({"succeded": True})
