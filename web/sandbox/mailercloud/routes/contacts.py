from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.mailercloud.account import MailercloudAccount
from web.sandbox.mailercloud.fields import page_of
from web.sandbox.replies import Record, Reply, json_body


def routes(account: MailercloudAccount) -> list[Route]:
    handlers = ContactHandlers(account)
    return [
        Route("/contacts", handlers.create, methods=["POST"]),
        Route("/contacts/upsert", handlers.upsert, methods=["POST"]),
        Route("/contacts/batch", handlers.batch, methods=["POST"]),
        Route("/contact/search/{list_id}", handlers.search, methods=["POST"]),
        Route("/contacts/{id}", handlers.get, methods=["GET"]),
        Route("/contacts/{id}", handlers.update, methods=["PUT"]),
        Route("/contacts/{id}", handlers.delete, methods=["DELETE"]),
    ]


class ContactHandlers:
    def __init__(self, account: MailercloudAccount) -> None:
        self._account = account
        self._contacts = account.contacts

    async def create(self, request: Request) -> Reply:
        return Reply({"id": self._contacts.create(await json_body(request))["id"]})

    async def upsert(self, request: Request) -> Reply:
        contact, new = self._contacts.upsert(await json_body(request))
        return Reply({"contact_id": contact["id"], "status": "created" if new else "updated"})

    async def batch(self, request: Request) -> Reply:
        body = await json_body(request)
        return Reply({"data": self._contacts.batch(body.get("list_id"), body.get("contacts"))})

    async def search(self, request: Request) -> Reply:
        list_id = self._account.known_list(request.path_params["list_id"])
        body = await json_body(request)
        wanted = str(body.get("search") or "")
        rows = page_of(body, self._contacts.search(list_id, wanted))
        if wanted:
            count = sum(1 for _ in self._contacts.search(list_id, wanted))
        else:
            count = len(self._contacts.of_list(list_id))
        return Reply({"data": rows, "contact_count": count})

    async def get(self, request: Request) -> Reply:
        return Reply({"data": _shown(self._contacts.get(request.path_params["id"]))})

    async def update(self, request: Request) -> Reply:
        contact = self._contacts.get(request.path_params["id"])
        self._contacts.update(contact, await json_body(request))
        return Reply({"message": "Contact updated successfully"})

    async def delete(self, request: Request) -> Reply:
        self._contacts.remove(self._contacts.get(request.path_params["id"]))
        return Reply({"message": "Contact deleted successfully"})


def _shown(contact: Record) -> Record:
    return {key: value for key, value in contact.items() if key != "name"} | {"first_name": contact.get("name", "")}
