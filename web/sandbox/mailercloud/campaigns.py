"""Campaigns: drafted, then sent at once or at a time of the account's zone (UTC)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from web.sandbox.ids import mailercloud_id
from web.sandbox.mailercloud.contacts import Contacts
from web.sandbox.mailercloud.errors import invalid, missing
from web.sandbox.mailercloud.fields import check_length, is_email
from web.sandbox.mailercloud.mails import Mails
from web.sandbox.replies import Record
from web.sandbox.times import plain

Later = Callable[[float, Callable[[], None]], None]
"""Calls the function after so many seconds, in the background."""

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
COUNTED = {
    "opens": "open",
    "clicks": "click",
    "hard_bounce": "bounce",
    "unsubscribe": "unsubscribe",
    "spam_complaints_count": "spam",
}


class Campaigns:
    def __init__(
        self,
        *,
        lists: Mapping[str, Record],
        contacts: Contacts,
        mails: Mails,
        check_list: Callable[[Any], str],
        verified: Callable[[Any], bool],
        clock: Callable[[], datetime],
        later: Later,
    ) -> None:
        self._lists = lists
        self._contacts = contacts
        self._mails = mails
        self._check_list = check_list
        self._verified = verified
        self._clock = clock
        self._later = later
        self._campaigns: dict[str, Record] = {}

    def clear(self) -> None:
        self._campaigns.clear()

    def get(self, campaign_id: str) -> Record:
        """Raises Refused when there is none."""
        if campaign_id not in self._campaigns:
            raise missing("Campaign")
        return self._campaigns[campaign_id]

    def create(self, body: Record) -> Record:
        """A draft. Raises Refused (400)."""
        now = plain(self._clock())
        campaign: Record = {"id": mailercloud_id(), "type": "Regular", "status": "Draft"}
        campaign |= {"created_date": now, "scheduled_at": None, "sent_at": None}
        for name in ("name", "subject", "html", "list_ids", "sender"):
            if not body.get(name):
                raise invalid(name, f"{name} is a required field")
        self.change(campaign, body)
        self._campaigns[campaign["id"]] = campaign
        return campaign

    def change(self, campaign: Record, body: Record) -> None:
        """Only a draft can change. Raises Refused (400)."""
        if campaign["status"] != "Draft":
            raise invalid("status", "Only draft campaigns can be updated")
        if "name" in body:
            check_length(body, "name", 1, 150)
        for list_id in body.get("list_ids", []):
            self._check_list(list_id)
        sender = body.get("sender")
        if sender is not None and not (isinstance(sender, dict) and self._verified(sender.get("sender_email"))):
            raise invalid("sender_email", "Sender email is not verified")
        reply = body.get("reply_email")
        if reply and not self._verified(reply):
            raise invalid("reply_email", "Reply email is not verified")
        campaign.update(body, modified_date=plain(self._clock()))

    def schedule(self, campaign: Record, scheduled_at: Any) -> None:
        """Sends now when no time is given. Raises Refused (400)."""
        if campaign["status"] not in ("Draft", "Scheduled"):
            raise invalid("status", "Campaign is already sent")
        if not scheduled_at:
            self._send(campaign)
            return
        if not isinstance(scheduled_at, str) or not MOMENT.fullmatch(scheduled_at):
            raise invalid("scheduled_at", "scheduled_at must be YYYY-MM-DD HH:MM:SS")
        seconds = (datetime.fromisoformat(scheduled_at).replace(tzinfo=UTC) - self._clock()).total_seconds()
        if seconds < 0:
            raise invalid("scheduled_at", "scheduled_at must be in the future")
        campaign |= {"status": "Scheduled", "scheduled_at": scheduled_at}
        self._later(seconds, lambda: self._send_if_due(campaign, scheduled_at))

    def test(self, campaign: Record, email: Any) -> None:
        if not is_email(email):
            raise invalid("email", "Invalid email")
        self._mails.send(
            kind="test",
            sender=campaign["sender"]["sender_email"],
            subject=campaign["subject"],
            html=campaign["html"],
            recipients=[email],
        )

    def _send_if_due(self, campaign: Record, scheduled_at: str) -> None:
        due = campaign["status"] == "Scheduled" and campaign["scheduled_at"] == scheduled_at
        if due and campaign["id"] in self._campaigns:
            self._send(campaign)

    def _send(self, campaign: Record) -> None:
        recipients = {
            contact["email"]: None
            for list_id in campaign["list_ids"]
            for contact in self._contacts.of_list(list_id).values()
            if contact["contact_type"] == "active"
        }
        now = plain(self._clock())
        campaign |= {"status": "Finished", "sent_at": now, "modified_date": now}
        self._mails.send(
            kind="campaign",
            id=campaign["id"],
            campaign_name=campaign["name"],
            sender=campaign["sender"]["sender_email"],
            subject=campaign["subject"],
            html=campaign["html"],
            recipients=list(recipients),
        )

    def rows(self) -> list[Record]:
        """As `POST /campaign/list` shows them, newest first."""
        return [self._row(campaign) for campaign in reversed(self._campaigns.values())]

    def _row(self, campaign: Record) -> Record:
        names = ("id", "name", "subject", "html", "type", "status", "sender", "created_date", "modified_date")
        lists = [self._lists[i] for i in campaign["list_ids"] if i in self._lists]
        counts = [len(self._contacts.of_list(record["id"])) for record in lists]
        return {name: campaign[name] for name in names} | {
            "reply_email": campaign.get("reply_email", ""),
            "recepiant": {
                "total_lists": len(lists),
                "lists": ",".join(record["name"] for record in lists),
                "lists_contact_count": sum(counts),
            },
            "scheduled_date": {"date": campaign["scheduled_at"] or campaign["sent_at"] or ""},
            "report_summary": self._summary(campaign),
        }

    def _summary(self, campaign: Record) -> Record:
        mail = self._mails.get(campaign["id"])
        events = mail["events"] if mail else []
        sent = len(mail["to"]) if mail else 0
        happened = {
            count: len({entry["email"] for entry in events if entry["event"] == event})
            for count, event in COUNTED.items()
        }
        delivered = sent - happened["hard_bounce"]
        summary: Record = {"sent": sent, "delivered": delivered, "soft_bounce": 0, "abuse": 0, "queue": 0}
        summary |= happened | {"queued_total": sent, "conversions": 0}
        return summary | {
            "sent_percentage": _share(sent, sent),
            "delivered_percentage": _share(delivered, sent),
            "open_percentage": _share(happened["opens"], delivered),
            "clicks_percentage": _share(happened["clicks"], delivered),
            "spam_complaints_percentage": _share(happened["spam_complaints_count"], delivered),
        }


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}" if whole else "0.00"
