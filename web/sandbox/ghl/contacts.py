"""The rules of contacts: names, phones, duplicates, tags, do-not-disturb, and the events of each change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import phonenumbers

from web.sandbox.ghl import shapes
from web.sandbox.ghl.book import Book
from web.sandbox.ghl.errors import duplicate, no_contact, refused, unprocessable
from web.sandbox.ids import ghl_id
from web.sandbox.replies import Record

Publish = Callable[[str, Record], None]
"""Takes the event type and its payload."""


class Contacts:
    """One location's contacts. Every change that changes something is published as the vendor's event."""

    def __init__(
        self,
        *,
        location: str,
        country: str,
        now: Callable[[], str],
        publish: Publish,
        custom_fields: Callable[[], Iterable[Record]],
        know_tags: Callable[[Iterable[str]], None],
    ) -> None:
        self.book = Book()
        self._location = location
        self._country = country
        self._now = now
        self._publish = publish
        self._custom_fields = custom_fields
        self._know_tags = know_tags

    def get(self, contact_id: str) -> Record:
        """Raises Refused when there is none."""
        contact = self.book.get(contact_id)
        if contact is None:
            raise no_contact(contact_id)
        return contact

    def create(self, values: Record) -> Record:
        """Raises Refused when the e-mail or the phone belongs to another contact."""
        values = self._normal(values)
        self._refuse_duplicate(values)
        contact: Record = {
            "id": values.pop("id", None) or ghl_id(),
            "locationId": self._location,
            "type": "lead",
            "dnd": False,
            "tags": [],
            "customFields": [],
            "country": self._country,
            "source": "public api",
            "dateAdded": values.pop("dateAdded", None) or self._now(),
        }
        self._apply(contact, values)
        contact["dateUpdated"] = contact["dateAdded"]
        self.book.put(contact)
        self._publish("ContactCreate", shapes.event("ContactCreate", contact))
        return contact

    def change(self, contact: Record, values: Record) -> Record:
        """Overwrites the given fields, null clears one; `tags` replaces all tags. Raises Refused."""
        values = self._normal(values)
        self._refuse_duplicate(values, but=contact["id"])
        before = _snapshot(contact)
        self._apply(contact, values)
        self._announce(contact, before)
        return contact

    def upsert(self, values: Record) -> tuple[Record, bool]:
        """The contact and whether it is new. The e-mail decides before the phone; when the two belong to
        different contacts, the phone is dropped without a word, as the vendor does."""
        values = self._normal(values)
        if not values.get("email") and not values.get("phone"):
            raise unprocessable(["either email or phone is required"])
        contact = self.book.by_email(values.get("email")) or self.book.by_phone(values.get("phone"))
        if contact is None:
            return self.create(values), True
        owner = self.book.by_phone(values.get("phone"))
        if owner is not None and owner is not contact:
            del values["phone"]
        return self.change(contact, values), False

    def remove(self, contact: Record) -> None:
        self.book.remove(contact["id"])
        self._publish("ContactDelete", shapes.event("ContactDelete", contact))

    def add_tags(self, contact: Record, tags: Iterable[str]) -> list[str]:
        """The tags that were added."""
        added = [tag for tag in _tags(tags) if tag not in contact["tags"]]
        self.change(contact, {"tags": [*contact["tags"], *added]})
        return added

    def remove_tags(self, contact: Record, tags: Iterable[str]) -> list[str]:
        """The tags that were removed."""
        gone = [tag for tag in _tags(tags) if tag in contact["tags"]]
        self.change(contact, {"tags": [tag for tag in contact["tags"] if tag not in gone]})
        return gone

    def find(self, email: str | None, phone: str | None) -> Record | None:
        """By e-mail first, then by phone."""
        return self.book.by_email(email) or self.book.by_phone(_phone(phone, self._country) if phone else None)

    def _normal(self, values: Record) -> Record:
        values = dict(values)
        if values.get("email"):
            values["email"] = values["email"].strip().lower()
        if values.get("phone"):
            values["phone"] = _phone(values["phone"], values.get("country") or self._country)
        if values.get("name") and "firstName" not in values and "lastName" not in values:
            first, _, last = values["name"].strip().partition(" ")
            values |= {"firstName": first, "lastName": last or None}
        values.pop("name", None)
        return values

    def _refuse_duplicate(self, values: Record, but: str = "") -> None:
        for field, owner in (
            ("email", self.book.by_email(values.get("email"))),
            ("phone", self.book.by_phone(values.get("phone"))),
        ):
            if owner is not None and owner["id"] != but:
                raise duplicate(owner, field)

    def _apply(self, contact: Record, values: Record) -> None:
        for name, value in values.items():
            if name == "tags":
                contact["tags"] = _tags(value)
                self._know_tags(contact["tags"])
            elif name == "customFields":
                self._set_custom_fields(contact, value)
            elif name == "dndSettings":
                contact["dndSettings"] = (contact.get("dndSettings") or {}) | value
            elif value is None:
                contact.pop(name, None)
            else:
                contact[name] = value
        names = (contact.get("firstName"), contact.get("lastName"))
        contact["name"] = " ".join(part for part in names if part) or None

    def _set_custom_fields(self, contact: Record, entries: Iterable[Record]) -> None:
        """Merges by field; an entry that names no known field is ignored, as the vendor does."""
        held = {entry["id"]: entry["value"] for entry in contact.get("customFields", [])}
        for entry in entries:
            field = self._custom_field(entry)
            if field is not None:
                held[field["id"]] = entry.get("field_value", entry.get("value"))
        contact["customFields"] = [{"id": key, "value": value} for key, value in held.items()]

    def _custom_field(self, entry: Record) -> Record | None:
        key = str(entry.get("key") or "").removeprefix("contact.")
        for field in self._custom_fields():
            if entry.get("id") == field["id"] or (key and field["fieldKey"] == f"contact.{key}"):
                return field
        return None

    def _announce(self, contact: Record, before: Record) -> None:
        after = _snapshot(contact)
        if after == before:
            return
        contact["dateUpdated"] = self._now()
        self.book.put(contact)
        kinds = []
        if before["tags"] != after["tags"]:
            kinds.append("ContactTagUpdate")
        if any(before.get(name) != after.get(name) for name in ("dnd", "dndSettings")):
            kinds.append("ContactDndUpdate")
        if _rest(before) != _rest(after):
            kinds.append("ContactUpdate")
        for kind in kinds:
            self._publish(kind, shapes.event(kind, contact))


def _snapshot(contact: Record) -> Record:
    return {name: value for name, value in contact.items() if name != "dateUpdated"}


def _rest(snapshot: Record) -> Record:
    return {name: value for name, value in snapshot.items() if name not in ("tags", "dnd", "dndSettings")}


def _tags(tags: Iterable[str]) -> list[str]:
    """The vendor keeps tags in lower case, each once."""
    return list(dict.fromkeys(tag.strip().lower() for tag in tags if tag.strip()))


def _phone(value: Any, country: str) -> str:
    """E.164. Raises Refused when it is no phone number."""
    try:
        number = phonenumbers.parse(str(value), country)
    except phonenumbers.NumberParseException as error:
        raise refused(400, "Invalid country calling code") from error
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
