"""What the page shows, taken from the sandbox's state."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

from web.sandbox.faults import KINDS, NONE
from web.sandbox.ghl.oauth import CHOOSE_LOCATION
from web.sandbox.replies import Record
from web.sandbox.settings import (
    GHL,
    MAILERCLOUD,
    SANDBOX_GHL_CLIENT_ID,
    SANDBOX_GHL_CLIENT_SECRET,
    SANDBOX_GHL_PATH,
    SANDBOX_MAILERCLOUD_EMAIL_PATH,
    SANDBOX_MAILERCLOUD_PATH,
)
from web.sandbox.state import Sandbox

SHOWN = 8
SHOWN_REQUESTS = 12
CHOICES = 100
RECIPIENTS = 4
VENDOR_NAMES = {GHL: "GoHighLevel", MAILERCLOUD: "Mailercloud"}
REACTIONS = {
    "open": "Opened",
    "click": "Clicked",
    "unsubscribe": "Unsubscribed",
    "bounce": "Bounced",
    "spam": "Spam",
    "fail": "Failed",
}


def live_content(sandbox: Sandbox) -> dict[str, Any]:
    """What changes while one looks."""
    mailercloud = sandbox.mailercloud
    lists = {record["id"]: record["name"] for record in mailercloud.lists.values()}
    contacts = sorted(mailercloud.contacts.all(), key=lambda c: c["updated_at"], reverse=True)
    return {
        "vendor_names": VENDOR_NAMES,
        "people": [_person(sandbox, c) for c in islice(sandbox.ghl.contacts.book.newest_first(), SHOWN)],
        "people_count": len(sandbox.ghl.contacts.book),
        "subscribers": contacts[:SHOWN],
        "subscribers_count": len(contacts),
        "list_names": lists,
        "mails": mailercloud.mails.all()[: -SHOWN - 1 : -1],
        "mails_count": len(mailercloud.mails.all()),
        "reactions": REACTIONS,
        "recipients": RECIPIENTS,
        "deliveries": [d.as_dict() for d in sandbox.courier.entries()[: -SHOWN - 1 : -1]],
        "deliveries_count": len(sandbox.courier.entries()),
        "requests": sandbox.journal.entries()[: -SHOWN_REQUESTS - 1 : -1],
        "requests_count": len(sandbox.journal.entries()),
        "faults": {v: f for v, f in sandbox.faults.as_dict().items() if f["kind"] != NONE},
        "fault_kinds": KINDS,
    }


def forms_content(sandbox: Sandbox, base_url: str) -> dict[str, Any]:
    """What the forms offer, and how to connect."""
    tomorrow = (sandbox.clock() + timedelta(days=1)).replace(hour=15, minute=0)
    base = base_url.rstrip("/")
    return {
        "contact_choices": list(islice(sandbox.ghl.contacts.book.newest_first(), CHOICES)),
        "calendars": sandbox.ghl.calendars,
        "lists": list(sandbox.mailercloud.lists.values()),
        "hooks": sandbox.hooks.as_list(),
        "start": tomorrow.strftime("%Y-%m-%dT%H:%M"),
        "connect": {
            "GoHighLevel": {
                "Address": base + SANDBOX_GHL_PATH,
                "Token": sandbox.settings.ghl_token,
                "Location": sandbox.settings.ghl_location,
                "Client ID": SANDBOX_GHL_CLIENT_ID,
                "Client secret": SANDBOX_GHL_CLIENT_SECRET,
                "Sign-in": base + SANDBOX_GHL_PATH + CHOOSE_LOCATION,
                "Public key": sandbox.signer.public_key,
            },
            "Mailercloud": {
                "Address": base + SANDBOX_MAILERCLOUD_PATH,
                "E-mail API": base + SANDBOX_MAILERCLOUD_EMAIL_PATH,
                "API key": sandbox.settings.mailercloud_key,
            },
        },
    }


def _person(sandbox: Sandbox, contact: Record) -> Record:
    contact_id = contact["id"]
    return {
        "contact": contact,
        "notes": sandbox.ghl.notes.of(contact_id),
        "tasks": sandbox.ghl.tasks.of(contact_id),
        "appointments": sandbox.ghl.appointments.of(contact_id),
    }


def clock_time(moment: str | None) -> str:
    """`10:32:05` out of either vendor's way to write a moment."""
    return (moment or "")[11:19]
