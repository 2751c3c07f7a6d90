"""What hangs on a contact: notes, tasks and appointments, with the events of each change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from web.sandbox.ghl.contacts import Publish
from web.sandbox.ghl.errors import missing, unprocessable
from web.sandbox.ghl.fields import APPOINTMENT_STATUSES
from web.sandbox.ids import ghl_id
from web.sandbox.replies import Record
from web.sandbox.times import parse_moment

DEFAULT_LENGTH = timedelta(minutes=30)


class Attached:
    """Records of one kind, found by id and by contact, oldest first."""

    noun = "Record"

    def __init__(self, *, location: str, now: Callable[[], str], publish: Publish) -> None:
        self.location = location
        self.now = now
        self.publish = publish
        self._records: dict[str, Record] = {}
        self._of: dict[str, dict[str, Record]] = {}

    def all(self) -> list[Record]:
        return list(self._records.values())

    def of(self, contact_id: str) -> list[Record]:
        return list(self._of.get(contact_id, {}).values())

    def get(self, record_id: str, contact_id: str | None = None) -> Record:
        """Raises Refused when there is none, or when it is another contact's."""
        record = self._records.get(record_id)
        if record is None or (contact_id is not None and record["contactId"] != contact_id):
            raise missing(self.noun, record_id)
        return record

    def keep(self, record: Record) -> Record:
        self._records[record["id"]] = record
        self._of.setdefault(record["contactId"], {})[record["id"]] = record
        return record

    def drop(self, record: Record) -> None:
        del self._records[record["id"]]
        self._of[record["contactId"]].pop(record["id"], None)

    def forget(self, contact_id: str) -> None:
        """The contact is gone, and silently everything on it."""
        for record_id in self._of.pop(contact_id, {}):
            del self._records[record_id]

    def clear(self) -> None:
        self._records.clear()
        self._of.clear()

    def announce(self, kind: str, record: Record, names: Iterable[str]) -> None:
        self.publish(kind, {"type": kind, "locationId": self.location} | _given(record, names))


class Notes(Attached):
    noun = "Note"
    shown = ("id", "body", "contactId", "dateAdded")

    def create(self, contact_id: str, values: Record) -> Record:
        note = {"id": ghl_id(), "contactId": contact_id, "dateAdded": self.now(), "pinned": False}
        note = self.keep(note | _given(values, values))
        self.announce("NoteCreate", note, self.shown)
        return note

    def change(self, note: Record, values: Record) -> Record:
        note.update(_given(values, values))
        self.announce("NoteUpdate", note, self.shown)
        return note

    def remove(self, note: Record) -> None:
        self.drop(note)
        self.announce("NoteDelete", note, self.shown)


class Tasks(Attached):
    noun = "Task"
    shown = ("id", "assignedTo", "body", "contactId", "title", "dateAdded", "dueDate")

    def create(self, contact_id: str, values: Record) -> Record:
        task = {"id": ghl_id(), "contactId": contact_id, "dateAdded": self.now(), "completed": False}
        task = self.keep(task | _given(values, values))
        self.announce("TaskCreate", task, self.shown)
        return task

    def change(self, task: Record, values: Record) -> Record:
        """There is no event for a changed task, only for one that becomes completed."""
        was_open = not task["completed"]
        task.update(_given(values, values))
        if was_open and task["completed"]:
            self.announce("TaskComplete", task, self.shown)
        return task

    def remove(self, task: Record) -> None:
        self.drop(task)
        self.announce("TaskDelete", task, self.shown)


class Appointments(Attached):
    noun = "Appointment"

    def create(self, values: Record, *, length: timedelta = DEFAULT_LENGTH) -> Record:
        """Without an end it takes `length`. Raises Refused for a bad time or status."""
        now = self.now()
        appointment: Record = {
            "id": ghl_id(),
            "locationId": self.location,
            "groupId": "",
            "title": "Appointment",
            "address": "",
            "assignedUserId": "",
            "users": [],
            "notes": "",
            "source": "third_party",
            "appointmentStatus": "confirmed",
            "isRecurring": False,
            "assignedResources": [],
            "dateAdded": now,
            "dateUpdated": now,
        }
        self._set(appointment, values, length)
        self.keep(appointment)
        self._announce("AppointmentCreate", appointment)
        return appointment

    def change(self, appointment: Record, values: Record, *, length: timedelta = DEFAULT_LENGTH) -> Record:
        self._set(appointment, values, length)
        appointment["dateUpdated"] = self.now()
        self._announce("AppointmentUpdate", appointment)
        return appointment

    def remove(self, appointment: Record) -> None:
        self.drop(appointment)
        self._announce("AppointmentDelete", appointment)

    def _set(self, appointment: Record, values: Record, length: timedelta) -> None:
        status = values.get("appointmentStatus")
        if status is not None and status not in APPOINTMENT_STATUSES:
            allowed = ", ".join(APPOINTMENT_STATUSES)
            raise unprocessable([f"appointmentStatus must be one of the following values: {allowed}"])
        for name in ("startTime", "endTime"):
            if name in values and parse_moment(str(values[name])) is None:
                raise unprocessable([f"{name} must be a valid ISO 8601 date string"])
        known = {k: v for k, v in values.items() if k != "description"} | (
            {"notes": values["description"]} if values.get("description") else {}
        )
        appointment.update(_given(known, known))
        if "startTime" in values and "endTime" not in values:
            appointment["endTime"] = _end(appointment["startTime"], length)

    def _announce(self, kind: str, appointment: Record) -> None:
        shown = (
            *("id", "address", "title", "calendarId", "contactId", "groupId", "appointmentStatus"),
            *("assignedUserId", "users", "notes", "source", "startTime", "endTime", "dateAdded"),
            "dateUpdated",
        )
        payload = {
            "type": kind,
            "locationId": self.location,
            "appointment": _given(appointment, shown),
        }
        self.publish(kind, payload)


def _end(start: str, length: timedelta) -> str:
    """In the zone the start was written in."""
    return (datetime.fromisoformat(start) + length).isoformat()


def _given(record: Record, names: Iterable[str]) -> Record:
    return {name: record[name] for name in names if record.get(name) is not None}
