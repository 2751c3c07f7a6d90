"""The events that arrived: what started runs, and what did not and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, select

from engine.errors import NotFound
from engine.paging import PAGE, Page, bounded, page_of
from engine.storage.database import Database
from engine.storage.tables import Event, Run
from engine.wording import contains

EventStatus = Literal["accepted", "unmatched", "refused"]
EventSource = Literal["hook", "poll", "schedule", "api", "test"]


@dataclass(frozen=True, slots=True)
class EventRecord:
    id: str
    source: str
    """hook | poll | schedule | api | test"""
    operation: str | None
    """Id of the trigger, when a workflow listened."""
    hook_id: str | None
    status: str
    """accepted | unmatched | refused"""
    reason: str
    """Why it started nothing."""
    payload: Any
    subject: str
    """Whom it is about, as far as the payload tells: an e-mail address, a name …"""
    created_at: datetime
    run_ids: tuple[str, ...]
    again: bool = False
    """Nothing arrived: a person sent a former event again, or ran a run again."""


class Events:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self,
        *,
        status: EventStatus | None = None,
        source: EventSource | None = None,
        workflow_id: str | None = None,
        text: str = "",
        before: str | None = None,
        limit: int = PAGE,
    ) -> Page[EventRecord]:
        """Newest first. `text` is looked for in the payload; `before` is the `next` of the page before."""
        limit = bounded(limit)
        query = _ids(status, source, workflow_id, text.strip(), before).limit(limit + 1)
        with self._database.read() as session:
            found = session.execute(query).all()
            events = session.scalars(select(Event).where(Event.id.in_([row.id for row in found])))
            runs = select(Run.event_id, Run.id).where(Run.event_id.in_([row.id for row in found]))
            run_ids: dict[str, list[str]] = {}
            for event_id, run_id in session.execute(runs.order_by(Run.id)):
                run_ids.setdefault(event_id, []).append(run_id)
            records = {event.id: event_record(event, run_ids.get(event.id, [])) for event in events}
        return page_of([records[row.id] for row in found], limit, [row.position for row in found])

    def get(self, event_id: str) -> EventRecord:
        """Raises NotFound."""
        with self._database.read() as session:
            event = session.get(Event, event_id)
            if event is None:
                raise NotFound("This event no longer exists.", event_id)
            runs = session.scalars(select(Run.id).where(Run.event_id == event_id).order_by(Run.id))
            return event_record(event, list(runs))


def event_record(event: Event, run_ids: list[str]) -> EventRecord:
    return EventRecord(
        id=event.id,
        source=event.source,
        operation=event.operation,
        hook_id=event.hook_id,
        status=event.status,
        reason=event.reason,
        payload=event.payload,
        subject=subject(event.payload),
        created_at=event.created_at,
        run_ids=tuple(run_ids),
        again=event.dedupe.startswith(("replay:", "resent:")),
    )


def subject(payload: Any) -> str:
    """Whom or what a payload is about, in a few words; "" when nothing in it tells."""
    places = [payload, *_mappings(payload)]
    for name in ("email", "contact_email", "full_name", "fullName", "name", "title", "phone", "id"):
        for place in places:
            value = place.get(name) if isinstance(place, Mapping) else None
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                return str(value).strip()[:120]
    return ""


def _mappings(payload: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(payload, Mapping):
        yield from (value for value in payload.values() if isinstance(value, Mapping))


def _ids(
    status: str | None, source: str | None, workflow_id: str | None, text: str, before: str | None
) -> Select[str, str]:
    """Rows of (id, position), newest first."""
    position = Event.id if workflow_id is None else Run.id
    query = select(Event.id, position.label("position")).order_by(position.desc())
    if workflow_id is not None:
        query = query.join(Run, Run.event_id == Event.id).where(Run.workflow_id == workflow_id)
    if status is not None:
        query = query.where(Event.status == status)
    if source is not None:
        query = query.where(Event.source == source)
    if text:
        query = query.where(contains(Event.payload, text))
    return query.where(position < before) if before else query
