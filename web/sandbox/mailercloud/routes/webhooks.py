from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.hooks import Hook
from web.sandbox.mailercloud.fields import by_name, page_of
from web.sandbox.mailercloud.webhooks import MOST, Webhooks
from web.sandbox.replies import Record, Reply, json_body


def routes(webhooks: Webhooks) -> list[Route]:
    handlers = WebhookHandlers(webhooks)
    return [
        Route("/webhooks/search", handlers.search, methods=["POST"]),
        Route("/webhooks/detail/{id}", handlers.get, methods=["GET"]),
        Route("/webhooks", handlers.create, methods=["POST"]),
        Route("/webhooks/{id}", handlers.update, methods=["PUT"]),
        Route("/webhooks/toggle/{id}", handlers.toggle, methods=["POST"]),
        Route("/webhooks/{id}", handlers.delete, methods=["DELETE"]),
    ]


class WebhookHandlers:
    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    async def search(self, request: Request) -> Reply:
        body = await json_body(request)
        rows = [_row(hook) | {"status": int(hook.active)} for hook in self._webhooks.all()]
        found = by_name(body, rows, search="search", name="name")
        counts = {"total": len(found), "webhook_count": len(rows), "max_webhook_limit": MOST}
        return Reply({"data": page_of(body, found)} | counts)

    async def get(self, request: Request) -> Reply:
        hook = self._hook(request)
        return Reply({"webhook": _row(hook) | {"status": "Active" if hook.active else "Inactive"}})

    async def create(self, request: Request) -> Reply:
        return Reply({"id": (await self._webhooks.create(await json_body(request))).id})

    async def update(self, request: Request) -> Reply:
        await self._webhooks.change(self._hook(request), await json_body(request))
        return Reply({"message": "Webhook updated successfully"})

    async def toggle(self, request: Request) -> Reply:
        body = await json_body(request)
        self._webhooks.toggle(self._hook(request), body.get("status"))
        return Reply({"message": "Webhook status updated successfully"})

    async def delete(self, request: Request) -> Reply:
        self._webhooks.remove(self._hook(request))
        return Reply({"message": "Webhook deleted successfully"})

    def _hook(self, request: Request) -> Hook:
        return self._webhooks.get(request.path_params["id"])


def _row(hook: Hook) -> Record:
    return {
        "id": hook.id,
        "name": hook.name,
        "url": hook.url,
        "event": list(hook.events),
        "created_date": hook.created,
        "modified_date": hook.modified,
    }
