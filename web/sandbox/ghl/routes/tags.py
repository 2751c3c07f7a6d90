"""Tags on contacts and tags of the location."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.errors import missing, refused
from web.sandbox.ghl.fields import NAMED, TAGS
from web.sandbox.ghl.routes.request import bodied, route, same_location
from web.sandbox.replies import Record, Reply


def routes(account: GhlAccount) -> list[Route]:
    handlers = TagHandlers(account)
    return [
        route("POST", "/contacts/{contactId}/tags", handlers.add_to_contact),
        route("DELETE", "/contacts/{contactId}/tags", handlers.remove_from_contact),
        route("GET", "/locations/{locationId}/tags", handlers.list),
        route("POST", "/locations/{locationId}/tags", handlers.create),
        route("GET", "/locations/{locationId}/tags/{tagId}", handlers.get),
        route("PUT", "/locations/{locationId}/tags/{tagId}", handlers.rename),
        route("DELETE", "/locations/{locationId}/tags/{tagId}", handlers.delete),
    ]


class TagHandlers:
    def __init__(self, account: GhlAccount) -> None:
        self._account = account

    async def add_to_contact(self, request: Request) -> Reply:
        contact = self._account.contacts.get(request.path_params["contactId"])
        body = await bodied(request, TAGS, ("tags",))
        added = self._account.contacts.add_tags(contact, body["tags"])
        return Reply({"tags": contact["tags"], "tagsAdded": added}, 201)

    async def remove_from_contact(self, request: Request) -> Reply:
        contact = self._account.contacts.get(request.path_params["contactId"])
        body = await bodied(request, TAGS, ("tags",))
        removed = self._account.contacts.remove_tags(contact, body["tags"])
        return Reply({"tags": contact["tags"], "tagsRemoved": removed})

    async def list(self, request: Request) -> Reply:
        self._located(request)
        return Reply({"tags": list(self._account.tags.values())})

    async def create(self, request: Request) -> Reply:
        self._located(request)
        name = (await bodied(request, NAMED, ("name",)))["name"].strip().lower()
        self._refuse_taken(name)
        return Reply({"tag": self._account.add_tag(name)})

    async def get(self, request: Request) -> Reply:
        return Reply({"tag": self._tag(request)})

    async def rename(self, request: Request) -> Reply:
        tag = self._tag(request)
        name = (await bodied(request, NAMED, ("name",)))["name"].strip().lower()
        self._refuse_taken(name)
        tag["name"] = name
        return Reply({"tag": tag})

    async def delete(self, request: Request) -> Reply:
        del self._account.tags[self._tag(request)["id"]]
        return Reply({"succeded": True})

    def _located(self, request: Request) -> None:
        same_location(self._account, request.path_params["locationId"])

    def _tag(self, request: Request) -> Record:
        self._located(request)
        tag_id = request.path_params["tagId"]
        if tag_id not in self._account.tags:
            raise missing("Tag", tag_id)
        return self._account.tags[tag_id]

    def _refuse_taken(self, name: str) -> None:
        if any(tag["name"] == name for tag in self._account.tags.values()):
            raise refused(400, "The tag name is already exist.")
