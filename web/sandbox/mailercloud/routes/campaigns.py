from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.mailercloud.account import MailercloudAccount
from web.sandbox.mailercloud.fields import page_of
from web.sandbox.replies import Record, Reply, json_body


def routes(account: MailercloudAccount) -> list[Route]:
    handlers = CampaignHandlers(account)
    reported = {"opens": "open", "clicks": "click", "unsubs": "unsubscribe"}
    return [
        Route("/campaign", handlers.create, methods=["POST"]),
        Route("/campaign/save", handlers.save, methods=["POST"]),
        Route("/campaign/list", handlers.list, methods=["POST"]),
        Route("/campaign/schedule/{id}", handlers.schedule, methods=["POST"]),
        Route("/campaign/testmail/{id}", handlers.test, methods=["POST"]),
        Route("/campaign/{id}", handlers.get, methods=["GET"]),
        Route("/campaign/{id}", handlers.update, methods=["PUT"]),
        Route("/campaign/domain/report/{id}", handlers.domains, methods=["POST"]),
        Route("/inbox-tracking", handlers.inbox_placement, methods=["POST"]),
        *(
            Route(f"/campaign/{{id}}/{path}", handlers.report(event), methods=["POST"])
            for path, event in reported.items()
        ),
    ]


class CampaignHandlers:
    def __init__(self, account: MailercloudAccount) -> None:
        self._account = account
        self._campaigns = account.campaigns

    async def create(self, request: Request) -> Reply:
        return Reply({"id": self._campaigns.create(await json_body(request))["id"]})

    async def save(self, request: Request) -> Reply:
        body = await json_body(request)
        publish, scheduled_at = body.pop("is_publish", "0"), body.pop("scheduled_at", None)
        campaign = self._campaigns.create(body)
        if publish == "1":
            self._campaigns.schedule(campaign, scheduled_at)
        return Reply({"id": campaign["id"]})

    async def list(self, request: Request) -> Reply:
        body = await json_body(request)
        rows = [row for row in self._campaigns.rows() if _matches(row, body)]
        return Reply({"data": page_of(body, rows), "count": len(rows)})

    async def get(self, request: Request) -> Reply:
        campaign = self._campaign(request)
        names = ("id", "name", "subject", "status", "scheduled_at", "sent_at")
        moments = {"created_at": campaign["created_date"], "updated_at": campaign["modified_date"]}
        return Reply({name: campaign[name] for name in names} | moments)

    async def update(self, request: Request) -> Reply:
        self._campaigns.change(self._campaign(request), await json_body(request))
        return Reply({"message": "Campaign updated successfully"})

    async def schedule(self, request: Request) -> Reply:
        body = await json_body(request)
        self._campaigns.schedule(self._campaign(request), body.get("scheduled_at"))
        return Reply({"message": "Campaign scheduled successfully"})

    async def test(self, request: Request) -> Reply:
        body = await json_body(request)
        self._campaigns.test(self._campaign(request), body.get("email"))
        return Reply({"message": "Test mail sent successfully"})

    def report(self, event: str) -> Callable[[Request], Awaitable[Reply]]:
        """A handler that lists the recipients of one event."""

        async def handler(request: Request) -> Reply:
            campaign = self._campaign(request)
            mail = self._account.mails.get(campaign["id"])
            entries = [e for e in (mail["events"] if mail else []) if e["event"] == event]
            body = {"page": 1, "limit": 100} | await json_body(request)
            rows = [{"email": entry["email"], "date": entry["at"]} for entry in entries]
            return Reply({"data": page_of(body, rows)})

        return handler

    async def domains(self, request: Request) -> Reply:
        """The vendor's row is not known; here it is `{"domain", "sent"}`."""
        mail = self._account.mails.get(self._campaign(request)["id"])
        sent = Counter(email.rpartition("@")[2] for email in (mail["to"] if mail else []))
        body = {"page": 1, "limit": 100} | await json_body(request)
        rows = [{"domain": domain, "sent": count} for domain, count in sorted(sent.items())]
        return Reply({"data": page_of(body, rows)})

    async def inbox_placement(self, request: Request) -> Reply:
        """Nothing is ever measured here."""
        return Reply({"data": []})

    def _campaign(self, request: Request) -> Record:
        return self._campaigns.get(request.path_params["id"])


def _matches(row: Record, body: Record) -> bool:
    day = row["created_date"][:10]
    wanted = (
        str(body.get("search") or "").lower() in row["name"].lower(),
        body.get("status") in (None, "", row["status"]),
        body.get("sender_email") in (None, "", row["sender"]["sender_email"]),
        (body.get("date_from") or day) <= day <= (body.get("date_to") or day),
    )
    return all(wanted)
