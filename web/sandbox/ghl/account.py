"""One GoHighLevel location with everything in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from web.sandbox.ghl import shapes
from web.sandbox.ghl.activity import Appointments, Attached, Notes, Tasks
from web.sandbox.ghl.contacts import Contacts
from web.sandbox.ghl.errors import missing
from web.sandbox.ghl.forms import Forms
from web.sandbox.ghl.opportunities import Opportunities
from web.sandbox.hooks import Hooks
from web.sandbox.ids import ghl_id
from web.sandbox.replies import Record
from web.sandbox.settings import GHL
from web.sandbox.times import iso


class GhlAccount:
    """`location` is its id, `fill` puts in what a fresh one holds.

    Every change through this object publishes the vendor's events to the hooks.
    """

    def __init__(
        self,
        *,
        location: str,
        hooks: Hooks,
        clock: Callable[[], datetime],
        fill: Callable[[GhlAccount, datetime], None],
    ) -> None:
        self.location = location
        self._fill = fill
        self._hooks = hooks
        self._clock = clock
        self._seeding = False
        self.profile: Record = {}
        self.users: list[Record] = []
        self.calendars: list[Record] = []
        self.pipelines: list[Record] = []
        self.campaigns: list[Record] = []
        self.workflows: list[Record] = []
        self.tags: dict[str, Record] = {}
        self.custom_fields: dict[str, Record] = {}
        self.custom_values: dict[str, Record] = {}
        self.contacts = Contacts(
            location=location,
            country="US",
            now=self.now,
            publish=self.publish,
            custom_fields=self.custom_fields.values,
            know_tags=self.know_tags,
        )
        self.notes = Notes(location=location, now=self.now, publish=self.publish)
        self.tasks = Tasks(location=location, now=self.now, publish=self.publish)
        self.appointments = Appointments(location=location, now=self.now, publish=self.publish)
        self.opportunities = Opportunities(location=location, now=self.now, publish=self.publish)
        self.forms = Forms(now=self.now)
        self.reset()

    @property
    def _attached(self) -> tuple[Attached, ...]:
        return (self.notes, self.tasks, self.appointments, self.opportunities)

    def now(self) -> str:
        return iso(self._clock())

    def publish(self, event: str, payload: Record) -> None:
        """Posts the event to the hooks, with the id and time that every app webhook of the vendor carries."""
        if not self._seeding:
            stamp = {"timestamp": self.now(), "webhookId": str(uuid4())}
            self._hooks.publish(GHL, event, payload | stamp)

    def reset(self) -> None:
        """Back to the seeded records, without events."""
        self._seeding = True
        try:
            self._clear()
            self._fill(self, self._clock())
        finally:
            self._seeding = False

    def _clear(self) -> None:
        self.contacts.book.clear()
        for kept in self._attached:
            kept.clear()
        self.forms.clear()
        for table in (self.tags, self.custom_fields, self.custom_values):
            table.clear()

    def know_tags(self, names: Iterable[str]) -> None:
        """A tag put on a contact becomes a tag of the location."""
        known = {tag["name"] for tag in self.tags.values()}
        for name in names:
            if name not in known:
                self.add_tag(name)

    def add_tag(self, name: str) -> Record:
        tag = {"id": ghl_id(), "name": name, "locationId": self.location}
        self.tags[tag["id"]] = tag
        return tag

    def remove_contact(self, contact: Record) -> None:
        """Takes its notes, tasks, appointments and opportunities along."""
        for kept in self._attached:
            kept.forget(contact["id"])
        self.contacts.remove(contact)

    def user(self, user_id: str) -> Record:
        return _named(self.users, user_id, "User")

    def calendar(self, calendar_id: str) -> Record:
        return _named(self.calendars, calendar_id, "Calendar")

    def pipeline(self, pipeline_id: str) -> Record:
        return _named(self.pipelines, pipeline_id, "Pipeline")

    def book_appointment(self, values: Record) -> Record:
        """Checks calendar and contact, then creates. Raises Refused."""
        calendar = self.calendar(values["calendarId"])
        self.contacts.get(values["contactId"])
        assigned = {"assignedUserId": calendar["teamMembers"][0]["userId"]}
        length = timedelta(minutes=calendar["slotDuration"])
        return self.appointments.create(assigned | values, length=length)

    def as_dict(self) -> Record:
        return {
            "location": self.profile,
            "contacts": [shapes.one(contact) for contact in self.contacts.book.newest_first()],
            "notes": self.notes.all(),
            "tasks": self.tasks.all(),
            "appointments": self.appointments.all(),
            "tags": list(self.tags.values()),
            "custom_fields": list(self.custom_fields.values()),
            "opportunities": self.opportunities.all(),
            "submissions": self.forms.submissions,
            "users": self.users,
            "calendars": self.calendars,
        }


def _named(records: Iterable[Record], record_id: str, noun: str) -> Record:
    for record in records:
        if record["id"] == record_id:
            return record
    raise missing(noun, record_id)
