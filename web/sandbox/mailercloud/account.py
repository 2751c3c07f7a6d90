"""One Mailercloud account with everything in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from web.sandbox.hooks import Hooks
from web.sandbox.ids import mailercloud_id
from web.sandbox.mailercloud.campaigns import Campaigns, Later
from web.sandbox.mailercloud.contacts import Contacts
from web.sandbox.mailercloud.errors import unknown_list
from web.sandbox.mailercloud.mails import Mails
from web.sandbox.replies import Record
from web.sandbox.times import plain


class MailercloudAccount:
    """Lists, contacts, properties, tags, senders, campaigns and the mails that went out.

    `fill` puts in what a fresh one holds.
    """

    def __init__(
        self,
        *,
        hooks: Hooks,
        clock: Callable[[], datetime],
        later: Later,
        fill: Callable[[MailercloudAccount], None],
    ) -> None:
        self._clock = clock
        self._fill = fill
        self.hooks = hooks
        self.lists: dict[str, Record] = {}
        self.properties: dict[str, Record] = {}
        self.tags: dict[str, Record] = {}
        self.senders: dict[str, Record] = {}
        self.templates: dict[str, Record] = {}
        self.webforms: list[Record] = []
        self.contacts = Contacts(
            now=self.now,
            check_list=self.known_list,
            properties=self.properties,
            tag_names=lambda: {tag["tag_name"] for tag in self.tags.values()},
        )
        self.mails = Mails(hooks=hooks, contacts=self.contacts, clock=clock)
        self.campaigns = Campaigns(
            lists=self.lists,
            contacts=self.contacts,
            mails=self.mails,
            check_list=self.known_list,
            verified=self.verified,
            clock=clock,
            later=later,
        )
        self.reset()

    def now(self) -> str:
        return plain(self._clock())

    def reset(self) -> None:
        for table in (self.lists, self.properties, self.tags, self.senders, self.templates):
            table.clear()
        for kept in (self.contacts, self.mails, self.campaigns):
            kept.clear()
        self._fill(self)

    def known_list(self, list_id: Any) -> str:
        """The id itself. Raises Refused when there is no such list."""
        if not isinstance(list_id, str) or list_id not in self.lists:
            raise unknown_list()
        return list_id

    def add_list(self, name: str, list_id: str | None = None) -> Record:
        record = {"id": list_id or mailercloud_id(), "name": name, "created_date": self.now()}
        self.lists[record["id"]] = record
        return record

    def add_tag(self, name: str) -> Record:
        tag = {"id": mailercloud_id(), "tag_name": name}
        self.tags[tag["id"]] = tag
        return tag

    def remove_list(self, list_id: str) -> None:
        self.contacts.remove_list(list_id)
        del self.lists[list_id]

    def verified(self, email: Any) -> bool:
        return any(sender["sender_email"] == str(email).lower() for sender in self.senders.values())

    def list_row(self, record: Record) -> Record:
        count = len(self.contacts.of_list(record["id"]))
        return {"id": record["id"], "name": record["name"], "contact_count": count, "open_percentage": "0.00"}

    def as_dict(self) -> Record:
        return {
            "lists": [self.list_row(record) for record in self.lists.values()],
            "contacts": self.contacts.all(),
            "tags": list(self.tags.values()),
            "properties": list(self.properties.values()),
            "senders": list(self.senders.values()),
            "campaigns": self.campaigns.rows(),
            "mails": self.mails.all(),
        }
