"""What a fresh account holds. All people are made up."""

from __future__ import annotations

from web.sandbox.mailercloud.account import MailercloudAccount
from web.sandbox.replies import Record
from web.sandbox.settings import (
    SANDBOX_MAILERCLOUD_APPOINTMENT_PROPERTY,
    SANDBOX_MAILERCLOUD_LIST,
    SANDBOX_MAILERCLOUD_NOTES_PROPERTY,
    SANDBOX_SENDER_EMAIL,
    SANDBOX_SENDER_NAME,
    SANDBOX_TAGS,
)

NEWS_LIST = "sbNews"
DEFAULT_PROPERTIES = ("Name", "Last Name", "Email", "Phone", "City", "State", "Country", "Zip", "Organization")


def fill(account: MailercloudAccount) -> None:
    account.add_list("Welcome", SANDBOX_MAILERCLOUD_LIST)
    account.add_list("Newsletter", NEWS_LIST)
    for tag in SANDBOX_TAGS:
        account.add_tag(tag)
    for record in _properties():
        account.properties[record["id"]] = record
    account.senders["sbSend"] = {
        "id": "sbSend",
        "sender_email": SANDBOX_SENDER_EMAIL,
        "sender_name": SANDBOX_SENDER_NAME,
    }
    account.webforms = [
        {
            "id": "sbForm",
            "name": "Newsletter sign-up",
            "type": "Embedded",
            "linked_list": "Newsletter",
            "submission_count": 4,
            "view_count": 61,
            "last_updated": account.now(),
            "embed_code": "",
        }
    ]
    account.contacts.create(
        {"email": "dana.weiss@example.com", "list_id": NEWS_LIST, "name": "Dana", "last_name": "Weiss"}
    )


def _properties() -> list[Record]:
    defaults = [
        _property(f"df{number:04d}", name, "Text", default=True) for number, name in enumerate(DEFAULT_PROPERTIES)
    ]
    return [
        *defaults,
        _property(SANDBOX_MAILERCLOUD_NOTES_PROPERTY, "CRM notes", "Textarea"),
        _property(SANDBOX_MAILERCLOUD_APPOINTMENT_PROPERTY, "Next appointment", "Text"),
    ]


def _property(record_id: str, name: str, kind: str, *, default: bool = False) -> Record:
    return {
        "id": record_id,
        "field_name": name,
        "field_value": name.lower().replace(" ", "_"),
        "field_type": kind,
        "is_default": default,
    }
