"""The contacts of the location, indexed for look-up by e-mail and phone and for paging by date added."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from web.sandbox.replies import Record
from web.sandbox.times import millis, parse_moment

Cursor = tuple[int, str]
"""(dateAdded in milliseconds, contact id)."""


class Book:
    """Plain storage; the rules of the vendor are in `contacts`."""

    def __init__(self) -> None:
        self._contacts: dict[str, Record] = {}
        self._order: list[Cursor] = []
        self._by_email: dict[str, str] = {}
        self._by_phone: dict[str, str] = {}
        self._keys: dict[str, tuple[str, str]] = {}

    def __len__(self) -> int:
        return len(self._contacts)

    def get(self, contact_id: str) -> Record | None:
        return self._contacts.get(contact_id)

    def put(self, contact: Record) -> None:
        """Stores a new contact, or takes note of the changed e-mail and phone of a stored one."""
        if contact["id"] not in self._contacts:
            insort(self._order, cursor_of(contact))
            self._contacts[contact["id"]] = contact
        self._forget_keys(contact["id"])
        if contact.get("email"):
            self._by_email[contact["email"].lower()] = contact["id"]
        if contact.get("phone"):
            self._by_phone[contact["phone"]] = contact["id"]
        self._keys[contact["id"]] = ((contact.get("email") or "").lower(), contact.get("phone") or "")

    def remove(self, contact_id: str) -> None:
        self._forget_keys(contact_id)
        contact = self._contacts.pop(contact_id)
        del self._order[bisect_left(self._order, cursor_of(contact))]

    def _forget_keys(self, contact_id: str) -> None:
        email, phone = self._keys.pop(contact_id, ("", ""))
        for index, key in ((self._by_email, email), (self._by_phone, phone)):
            if key and index.get(key) == contact_id:
                del index[key]

    def by_email(self, email: str | None) -> Record | None:
        return self._contacts.get(self._by_email.get((email or "").lower(), ""))

    def by_phone(self, phone: str | None) -> Record | None:
        return self._contacts.get(self._by_phone.get(phone or "", ""))

    def newest_first(self, after: Cursor | None = None) -> Iterator[Record]:
        """Contacts by date added, newest first, starting behind the cursor."""
        end = len(self._order) if after is None else bisect_left(self._order, after)
        for position in range(end - 1, -1, -1):
            yield self._contacts[self._order[position][1]]

    def clear(self) -> None:
        self._contacts.clear()
        self._order.clear()
        self._by_email.clear()
        self._by_phone.clear()
        self._keys.clear()


def cursor_of(contact: Record) -> Cursor:
    added = parse_moment(contact["dateAdded"])
    return (millis(added) if added else 0, contact["id"])
