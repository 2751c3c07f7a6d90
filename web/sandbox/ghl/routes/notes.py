from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.fields import NOTE
from web.sandbox.ghl.routes.request import bodied, route
from web.sandbox.replies import Record, Reply


def routes(account: GhlAccount) -> list[Route]:
    handlers = NoteHandlers(account)
    return [
        route("GET", "/contacts/{contactId}/notes", handlers.list),
        route("POST", "/contacts/{contactId}/notes", handlers.create),
        route("GET", "/contacts/{contactId}/notes/{id}", handlers.get),
        route("PUT", "/contacts/{contactId}/notes/{id}", handlers.update),
        route("DELETE", "/contacts/{contactId}/notes/{id}", handlers.delete),
    ]


class NoteHandlers:
    def __init__(self, account: GhlAccount) -> None:
        self._account = account

    async def list(self, request: Request) -> Reply:
        """Newest first."""
        contact = self._account.contacts.get(request.path_params["contactId"])
        return Reply({"notes": self._account.notes.of(contact["id"])[::-1]})

    async def create(self, request: Request) -> Reply:
        contact = self._account.contacts.get(request.path_params["contactId"])
        body = await bodied(request, NOTE, ("body",))
        return Reply({"note": self._account.notes.create(contact["id"], body)}, 201)

    async def get(self, request: Request) -> Reply:
        return Reply({"note": self._note(request)})

    async def update(self, request: Request) -> Reply:
        note = self._note(request)
        return Reply({"note": self._account.notes.change(note, await bodied(request, NOTE))})

    async def delete(self, request: Request) -> Reply:
        self._account.notes.remove(self._note(request))
        return Reply({"succeded": True})

    def _note(self, request: Request) -> Record:
        contact = self._account.contacts.get(request.path_params["contactId"])
        return self._account.notes.get(request.path_params["id"], contact["id"])
