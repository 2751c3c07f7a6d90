"""The rules of contacts: one record for an e-mail address, in any number of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from web.sandbox.ids import mailercloud_id
from web.sandbox.mailercloud.errors import already_there, batch_refused, invalid, missing
from web.sandbox.mailercloud.fields import check_contact, check_custom_fields, older_names
from web.sandbox.replies import Record, Refused

LARGEST_BATCH = 50
SHOWN = ("name", "middle_name", "last_name", "phone", "country", "city", "state", "zip")


class Contacts:
    """`lists` tells whether a list id is known (it raises Refused), `properties` and `tags` are the account's."""

    def __init__(
        self,
        *,
        now: Callable[[], str],
        check_list: Callable[[Any], str],
        properties: dict[str, Record],
        tag_names: Callable[[], set[str]],
    ) -> None:
        self._now = now
        self._check_list = check_list
        self._properties = properties
        self._tag_names = tag_names
        self._contacts: dict[str, Record] = {}
        self._by_email: dict[str, str] = {}
        self._members: dict[str, dict[str, Record]] = {}

    def all(self) -> list[Record]:
        return list(self._contacts.values())

    def __len__(self) -> int:
        return len(self._contacts)

    def of_list(self, list_id: str) -> dict[str, Record]:
        """Members by id, in the order they came in."""
        return self._members.get(list_id, {})

    def by_email(self, email: str) -> Record | None:
        return self._contacts.get(self._by_email.get(email.lower(), ""))

    def get(self, id_or_email: str) -> Record:
        """Raises Refused when there is none."""
        contact = self._contacts.get(id_or_email) or self.by_email(id_or_email)
        if contact is None:
            raise missing("Contact")
        return contact

    def create(self, values: Record) -> Record:
        """Refused when the address is in the list already; in another list it joins this one."""
        values, list_id = self._accepted(values)
        contact = self.by_email(values["email"])
        if contact is not None and list_id in contact["lists"]:
            raise already_there("Contact already exist")
        return self._write(contact, values, list_id)

    def upsert(self, values: Record) -> tuple[Record, bool]:
        """The contact and whether it is new."""
        values, list_id = self._accepted(values)
        contact = self.by_email(values["email"])
        return self._write(contact, values, list_id), contact is None

    def batch(self, list_id: Any, rows: Any) -> Record:
        """One bad row refuses the whole batch."""
        list_id = self._check_list(list_id)
        if not isinstance(rows, list) or not 1 <= len(rows) <= LARGEST_BATCH:
            raise batch_refused(f"contacts must hold 1 to {LARGEST_BATCH} contacts")
        try:
            accepted = [self._accepted(dict(row) | {"list_id": list_id})[0] for row in rows]
        except (Refused, TypeError, ValueError) as error:
            raise batch_refused(_why(error)) from error
        counts = {"submitted": len(rows), "inserted": 0, "updated": 0, "skipped": 0}
        seen: set[str] = set()
        for values in accepted:
            email = values["email"].lower()
            contact = self.by_email(email)
            counts["skipped" if email in seen else "inserted" if contact is None else "updated"] += 1
            if email not in seen:
                self._write(contact, values, list_id)
            seen.add(email)
        return counts

    def update(self, contact: Record, values: Record) -> Record:
        if "email" in values:
            raise invalid("email", "email cannot be updated")
        values = older_names(values)
        self._check(values)
        list_id = self._check_list(values.pop("list_id")) if "list_id" in values else None
        return self._write(contact, values, list_id)

    def remove(self, contact: Record) -> None:
        del self._contacts[contact["id"]]
        del self._by_email[contact["email"].lower()]
        for members in self._members.values():
            members.pop(contact["id"], None)

    def remove_list(self, list_id: str) -> None:
        for contact in self._members.pop(list_id, {}).values():
            contact["lists"].remove(list_id)

    def search(self, list_id: str, wanted: str) -> Iterator[Record]:
        """Rows of a list as the vendor shows them."""
        wanted = wanted.lower()
        for contact in self.of_list(list_id).values():
            texts = (contact["email"], contact.get("name", ""), contact.get("last_name", ""))
            if not wanted or any(wanted in text.lower() for text in texts):
                yield {"id": contact["id"], "email": contact["email"]} | {name: contact.get(name, "") for name in SHOWN}

    def clear(self) -> None:
        self._contacts.clear()
        self._by_email.clear()
        self._members.clear()

    def _accepted(self, values: Record) -> tuple[Record, str]:
        values = older_names(values)
        if not values.get("email"):
            raise invalid("email", "email is a required field")
        list_id = self._check_list(values.pop("list_id", None))
        self._check(values)
        return values, list_id

    def _check(self, values: Record) -> None:
        check_contact(values)
        check_custom_fields(values.get("custom_fields", {}), self._properties)
        tags = values.get("tags", [])
        if not isinstance(tags, list):
            raise invalid("tags", "tags must be an array")
        unknown = [str(tag) for tag in tags if tag not in self._tag_names()]
        if unknown:
            raise invalid("tags", f"Tag not found: {', '.join(unknown)}")

    def _write(self, contact: Record | None, values: Record, list_id: str | None) -> Record:
        """Whether tags replace or add is not documented; here they add."""
        now = self._now()
        if contact is None:
            contact = {"id": mailercloud_id(), "contact_type": "active", "created_at": now}
            contact |= {"tags": [], "lists": [], "custom_fields": {}}
            self._contacts[contact["id"]] = contact
            self._by_email[values["email"].lower()] = contact["id"]
        tags, custom = values.pop("tags", []), values.pop("custom_fields", {})
        contact["tags"] = list(dict.fromkeys([*contact["tags"], *tags]))
        contact["custom_fields"] = contact["custom_fields"] | custom
        contact.update({k: v for k, v in values.items() if v is not None} | {"updated_at": now})
        if list_id is not None:
            self._members.setdefault(list_id, {})[contact["id"]] = contact
            if list_id not in contact["lists"]:
                contact["lists"].append(list_id)
        return contact


def _why(error: Exception) -> str:
    if isinstance(error, Refused):
        errors = error.body.get("errors")
        return str(errors[0]["message"]) if isinstance(errors, list) else str(error.body)
    return "each contact must be an object"
