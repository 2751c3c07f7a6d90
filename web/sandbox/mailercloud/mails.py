"""Mails that went out, and what their recipients then do with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from web.sandbox.hooks import Hooks
from web.sandbox.ids import mailercloud_id
from web.sandbox.mailercloud.contacts import Contacts
from web.sandbox.replies import Record
from web.sandbox.settings import MAILERCLOUD
from web.sandbox.times import plain

TITLES = {
    "send": "Campaign Sent",
    "open": "Opened",
    "click": "Clicked",
    "fail": "Campaign Failed",
    "spam": "Spam",
    "unsubscribe": "Unsubscribed",
    "bounce": "Bounced",
}
"""The short name of each mail event and the `event` its webhook carries."""

CONTACT_TYPE_AFTER = {"spam": "spam complaints", "unsubscribe": "unsubscribe", "bounce": "bounce"}
REASONS = {"fail": "sending failed", "spam": "marked as spam", "bounce": "mailbox not found"}
SENT_AT_ONCE = 1_000


class Mails:
    """Newest last. A mail of the e-mail API and each campaign sent count as one mail each."""

    def __init__(self, *, hooks: Hooks, contacts: Contacts, clock: Callable[[], datetime]) -> None:
        self._hooks = hooks
        self._contacts = contacts
        self._clock = clock
        self._mails: dict[str, Record] = {}

    def all(self) -> list[Record]:
        return list(self._mails.values())

    def get(self, mail_id: str) -> Record | None:
        return self._mails.get(mail_id)

    def clear(self) -> None:
        self._mails.clear()

    def send(self, *, kind: str, sender: str, subject: str, html: str, recipients: list[str], **more: Any) -> Record:
        """`kind` is transactional, campaign or test. Only campaigns announce that they were sent."""
        mail: Record = {
            "id": more.pop("id", None) or mailercloud_id(),
            "kind": kind,
            "at": plain(self._clock()),
            "from": sender,
            "subject": subject,
            "html": html,
            "to": recipients,
            "events": [],
            **more,
        }
        self._mails[mail["id"]] = mail
        if kind == "campaign":
            for start in range(0, len(recipients), SENT_AT_ONCE):
                batch = recipients[start : start + SENT_AT_ONCE]
                self._publish("send", mail, {"emails": batch})
        return mail

    def react(self, mail: Record, event: str, email: str, url: str = "") -> None:
        """A recipient opens, clicks, unsubscribes …: noted on mail and contact, and sent to the hooks."""
        mail["events"].append({"event": event, "email": email, "at": plain(self._clock())})
        contact = self._contacts.by_email(email)
        if contact is not None and event in CONTACT_TYPE_AFTER:
            contact["contact_type"] = CONTACT_TYPE_AFTER[event]
            contact["updated_at"] = plain(self._clock())
        more: Record = {"email": email}
        if event == "click":
            more["URL"] = url or "https://example.com/offer"
        if event == "unsubscribe":
            more["list_id"] = list(contact["lists"]) if contact else []
        if event in REASONS:
            more["reason"] = REASONS[event]
        self._publish(event, mail, more)

    def _publish(self, event: str, mail: Record, more: Record) -> None:
        now = self._clock()
        payload = {
            "event": TITLES[event],
            "campaign_name": mail.get("campaign_name") or mail["subject"],
            "campaign_id": mail["id"],
            "tag_name": "",
            "date_event": plain(now),
            "ts": int(now.timestamp()),
            "ts_event": int(now.timestamp()),
        }
        self._hooks.publish(MAILERCLOUD, TITLES[event], payload | more, topic=event)
