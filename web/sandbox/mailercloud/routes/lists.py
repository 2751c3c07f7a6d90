"""Lists, and the account they belong to."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.mailercloud.account import MailercloudAccount
from web.sandbox.mailercloud.errors import already_there, invalid, missing
from web.sandbox.mailercloud.fields import by_name, check_length, page_of
from web.sandbox.replies import Record, Reply, json_body
from web.sandbox.settings import SANDBOX_SENDER_EMAIL, SANDBOX_SENDER_NAME

PLAN_SIZE = 100_000
NAME = re.compile(r"[A-Za-z0-9_. -]+")


def routes(account: MailercloudAccount) -> list[Route]:
    handlers = ListHandlers(account)
    return [
        Route("/client/plan", handlers.plan, methods=["GET"]),
        Route("/list", handlers.create, methods=["POST"]),
        Route("/lists/search", handlers.search, methods=["POST"]),
        Route("/list/{id}", handlers.get, methods=["GET"]),
        Route("/list/{id}", handlers.rename, methods=["PATCH"]),
        Route("/list/{id}", handlers.delete, methods=["DELETE"]),
    ]


class ListHandlers:
    def __init__(self, account: MailercloudAccount) -> None:
        self._account = account

    async def plan(self, request: Request) -> Reply:
        used = len(self._account.contacts)
        owner = {"name": SANDBOX_SENDER_NAME, "email": SANDBOX_SENDER_EMAIL, "plan": "Sandbox"}
        usage = {"total_contacts": PLAN_SIZE, "used_contacts": used, "remaining_contacts": PLAN_SIZE - used}
        return Reply({"data": owner | usage})

    async def create(self, request: Request) -> Reply:
        body = await json_body(request)
        if body.get("list_type") != 1:
            raise invalid("list_type", "list_type is a required field")
        return Reply({"id": self._account.add_list(self._free_name(body))["id"]})

    async def search(self, request: Request) -> Reply:
        body = await json_body(request)
        found = by_name(body, self._account.lists.values(), search="search_name", name="name")
        rows = [self._account.list_row(record) for record in page_of(body, found)]
        return Reply({"data": rows, "list_count": len(found)})

    async def get(self, request: Request) -> Reply:
        return Reply({"data": self._account.list_row(self._list(request))})

    async def rename(self, request: Request) -> Reply:
        record = self._list(request)
        record["name"] = self._free_name(await json_body(request), but=record["id"])
        return Reply({"message": "List updated successfully"})

    async def delete(self, request: Request) -> Reply:
        self._account.remove_list(self._list(request)["id"])
        return Reply({"message": "List deleted successfully"})

    def _list(self, request: Request) -> Record:
        record = self._account.lists.get(request.path_params["id"])
        if record is None:
            raise missing("List")
        return record

    def _free_name(self, body: Record, but: str = "") -> str:
        name = check_length(body, "name", 3, 100)
        if not NAME.fullmatch(name):
            raise invalid("name", "name may hold letters, digits, spaces and _ - . only")
        taken = {record["name"].lower() for record in self._account.lists.values() if record["id"] != but}
        if name.lower() in taken:
            raise already_there("List name already exist")
        return name
