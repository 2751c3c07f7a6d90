"""Forms and what people sent by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import uuid4

from web.sandbox.replies import Record


class Forms:
    """`submissions` come newest first."""

    def __init__(self, *, now: Callable[[], str]) -> None:
        self._now = now
        self.forms: list[Record] = []
        self.submissions: list[Record] = []

    def submit(self, form_id: str, contact: Record, answers: Record | None = None) -> Record:
        """The vendor has no webhook event for this."""
        submission: Record = {
            "id": str(uuid4()),
            "contactId": contact["id"],
            "createdAt": self._now(),
            "formId": form_id,
            "name": contact.get("name") or "",
            "email": contact.get("email") or "",
            "others": {name: contact[name] for name in ("phone",) if contact.get(name)} | (answers or {}),
        }
        self.submissions.insert(0, submission)
        return submission

    def found(self, asked: Mapping[str, str]) -> list[Record]:
        """Of one form or of all, sent on the days `startAt` to `endAt`."""
        first, last = asked.get("startAt", "")[:10], asked.get("endAt", "9999")[:10]
        return [
            sent
            for sent in self.submissions
            if asked.get("formId") in (None, "", sent["formId"])
            and first <= sent["createdAt"][:10] <= last
            and asked.get("q", "").lower() in f"{sent['name']} {sent['email']}".lower()
        ]

    def clear(self) -> None:
        self.submissions.clear()
