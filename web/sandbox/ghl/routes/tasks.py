from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.errors import unprocessable
from web.sandbox.ghl.fields import COMPLETED, SEARCH_TASKS, TASK
from web.sandbox.ghl.routes.request import bodied, route, same_location
from web.sandbox.replies import Record, Reply
from web.sandbox.times import parse_moment


def routes(account: GhlAccount) -> list[Route]:
    handlers = TaskHandlers(account)
    return [
        route("GET", "/contacts/{contactId}/tasks", handlers.list),
        route("POST", "/contacts/{contactId}/tasks", handlers.create),
        route("GET", "/contacts/{contactId}/tasks/{taskId}", handlers.get),
        route("PUT", "/contacts/{contactId}/tasks/{taskId}", handlers.update),
        route("DELETE", "/contacts/{contactId}/tasks/{taskId}", handlers.delete),
        route("PUT", "/contacts/{contactId}/tasks/{taskId}/completed", handlers.complete),
        route("POST", "/locations/{locationId}/tasks/search", handlers.search),
    ]


class TaskHandlers:
    def __init__(self, account: GhlAccount) -> None:
        self._account = account

    async def list(self, request: Request) -> Reply:
        contact = self._account.contacts.get(request.path_params["contactId"])
        return Reply({"tasks": self._account.tasks.of(contact["id"])})

    async def search(self, request: Request) -> Reply:
        """Of the whole location, oldest first; the id of a row is called `_id` here."""
        same_location(self._account, request.path_params["locationId"])
        asked = await bodied(request, SEARCH_TASKS)
        matching = [
            {name: value for name, value in task.items() if name != "id"} | {"_id": task["id"]}
            for task in self._account.tasks.all()
            if asked.get("completed") in (None, task["completed"])
            and all(task.get(name) in asked[name] for name in ("contactId", "assignedTo") if asked.get(name))
        ]
        start = int(asked.get("skip", 0))
        return Reply({"tasks": matching[start : start + int(asked.get("limit", 25))]})

    async def create(self, request: Request) -> Reply:
        contact = self._account.contacts.get(request.path_params["contactId"])
        body = _dated(await bodied(request, TASK, ("title", "dueDate", "completed")))
        return Reply({"task": self._account.tasks.create(contact["id"], body)}, 201)

    async def get(self, request: Request) -> Reply:
        return Reply({"task": self._task(request)})

    async def update(self, request: Request) -> Reply:
        task = self._task(request)
        return Reply({"task": self._account.tasks.change(task, _dated(await bodied(request, TASK)))})

    async def complete(self, request: Request) -> Reply:
        task = self._task(request)
        body = await bodied(request, COMPLETED, ("completed",))
        return Reply({"task": self._account.tasks.change(task, body)})

    async def delete(self, request: Request) -> Reply:
        self._account.tasks.remove(self._task(request))
        return Reply({"succeded": True})

    def _task(self, request: Request) -> Record:
        contact = self._account.contacts.get(request.path_params["contactId"])
        return self._account.tasks.get(request.path_params["taskId"], contact["id"])


def _dated(body: Record) -> Record:
    if body.get("dueDate") and parse_moment(body["dueDate"]) is None:
        raise unprocessable(["dueDate must be a valid ISO 8601 date string"])
    return body
