"""Tags, senders, web forms and templates: short lists to choose from."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ids import mailercloud_id
from web.sandbox.mailercloud.account import MailercloudAccount
from web.sandbox.mailercloud.errors import already_there, invalid, missing
from web.sandbox.mailercloud.fields import by_name, check_length, page_of
from web.sandbox.replies import Reply, json_body


def routes(account: MailercloudAccount) -> list[Route]:
    handlers = TagHandlers(account)
    return [
        Route("/tags/search", handlers.search, methods=["POST"]),
        Route("/tags", handlers.create, methods=["POST"]),
        Route("/senders/search", handlers.senders, methods=["POST"]),
        Route("/webform/search", handlers.webforms, methods=["POST"]),
        Route("/templates/create", handlers.create_template, methods=["POST"]),
        Route("/templates/details", handlers.template, methods=["GET"]),
    ]


class TagHandlers:
    def __init__(self, account: MailercloudAccount) -> None:
        self._account = account

    async def search(self, request: Request) -> Reply:
        body = await json_body(request)
        found = by_name(body, self._account.tags.values(), search="search", name="tag_name")
        return Reply({"data": page_of(body, found), "count": len(found)})

    async def create(self, request: Request) -> Reply:
        name = check_length(await json_body(request), "name", 1, 50)
        if any(tag["tag_name"].lower() == name.lower() for tag in self._account.tags.values()):
            raise already_there("Tag already exist")
        return Reply({"id": self._account.add_tag(name)["id"]})

    async def senders(self, request: Request) -> Reply:
        body = await json_body(request)
        found = by_name(body, self._account.senders.values(), search="search", name="sender_email")
        return Reply({"data": page_of(body, found), "count": len(found)})

    async def webforms(self, request: Request) -> Reply:
        body = await json_body(request)
        found = by_name(body, self._account.webforms, search="search", name="name")
        return Reply({"data": page_of(body, found), "count": len(found)})

    async def create_template(self, request: Request) -> Reply:
        body = await json_body(request)
        name = check_length(body, "name", 1, 140)
        if not body.get("html"):
            raise invalid("html", "html is a required field")
        if name in self._account.templates:
            raise already_there("Template name already exist")
        template = {"id": mailercloud_id(), "name": name, "html": body["html"]}
        self._account.templates[name] = template | {"plainText": body.get("plainText", "")}
        return Reply({"id": template["id"]})

    async def template(self, request: Request) -> Reply:
        template = self._account.templates.get(request.query_params.get("name", ""))
        if template is None:
            raise missing("Template")
        return Reply({"data": {name: template[name] for name in ("name", "html", "plainText")}})
