"""The e-mail API."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.mailercloud import mail_codes as codes
from web.sandbox.mailercloud.account import MailercloudAccount
from web.sandbox.mailercloud.fields import is_email
from web.sandbox.replies import Record, Reply, json_body

BLOCKED = {"bounce", "abuse", "suppressed", "spam complaints"}


def routes(account: MailercloudAccount) -> list[Route]:
    handlers = MailHandlers(account)
    return [
        Route("/email", handlers.send, methods=["POST"]),
        Route("/email-api", handlers.send, methods=["POST"]),
    ]


class MailHandlers:
    def __init__(self, account: MailercloudAccount) -> None:
        self._account = account

    async def send(self, request: Request) -> Reply:
        """Goes to the recipients that are not blocked; refused when none is left. Unsubscribed people still
        get transactional mail, nothing else."""
        body = await json_body(request)
        email = body.get("email") if isinstance(body.get("email"), dict) else {}
        to, problem = self._checked(body, email or {})
        if problem is not None:
            return Reply(codes.answer(*problem))
        email = body["email"]
        self._account.mails.send(
            kind="transactional",
            sender=email["from"],
            sender_name=email.get("fromName", ""),
            subject=email["subject"],
            html=email.get("html") or email.get("text") or "",
            recipients=to,
            metadata=body.get("metadata") or {},
        )
        return Reply(codes.answer(codes.SENT, "NA"))

    def _checked(self, body: Record, email: Record) -> tuple[list[str], tuple[int, str] | None]:
        recipients = _recipients(email)
        if body.get("version") != "1.0":
            return [], (codes.BAD_VERSION, "Invalid version")
        if not email.get("from"):
            return [], (codes.NO_SENDER, "From address is missing")
        if not self._account.verified(email["from"]):
            return [], (codes.UNVERIFIED_SENDER, "Sender is not verified")
        if not recipients:
            return [], (codes.NO_RECIPIENT, "Recipient is missing")
        if not all(is_email(address) for address in recipients):
            return [], (codes.BAD_EMAIL, "Invalid recipient email")
        if not email.get("subject"):
            return [], (codes.NO_SUBJECT, "Subject is missing")
        return self._reachable(recipients, _is_promotional(body))

    def _reachable(self, recipients: list[str], promotional: bool) -> tuple[list[str], tuple[int, str] | None]:
        types = {email: self._type(email) for email in recipients}
        blocked = BLOCKED | ({"unsubscribe"} if promotional else set())
        open_to = [email for email, held in types.items() if held not in blocked]
        if open_to:
            return open_to, None
        if set(types.values()) == {"unsubscribe"}:
            return [], (codes.UNSUBSCRIBED, "Recipient has unsubscribed")
        return [], (codes.SUPPRESSED, "Recipient is suppressed")

    def _type(self, email: str) -> str:
        contact = self._account.contacts.by_email(email)
        return str(contact["contact_type"]) if contact else "active"


def _recipients(email: Record) -> list[str]:
    held = email.get("recipients")
    if not isinstance(held, dict) or not held.get("to"):
        return []
    named = [row.get("email", "") for row in held["to"] if isinstance(row, dict)]
    return list(dict.fromkeys([*named, *(held.get("cc") or []), *(held.get("bcc") or [])]))


def _is_promotional(body: Record) -> bool:
    metadata = body.get("metadata")
    kind = metadata.get("campaignType", "") if isinstance(metadata, dict) else ""
    return str(kind).upper() == "PROMOTIONAL"
