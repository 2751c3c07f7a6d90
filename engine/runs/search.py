"""Finding runs by what their events say: an e-mail address, a name, an order number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.storage.tables import Event, Run, Workflow
from engine.wording import contains

Conditions = Sequence[ColumnElement[bool]]
MANY = 10_000
FIRST_LOOK = 200
LARGEST_LOOK = 4_000
"""Events are looked through in growing portions, since most searches find enough among the newest."""
SPARE = 20
"""Runs of events that arrived at the same moment may stand in another order than the events."""


def found(
    session: Session, text: str, conditions: Conditions, before: str | None, limit: int, *, many: int = MANY
) -> list[str]:
    """Ids of the newest runs that `text` points to: in the event's payload, in the workflow's name, or the run's id.

    `conditions` are what else is asked of the runs; `before` is among them. Filters that leave fewer runs than `many`
    are gone through run by run.
    """
    ids = set(session.scalars(select(Run.id).where(Run.id == text, *conditions)))
    named = list(session.scalars(select(Workflow.id).where(contains(Workflow.name, text))))
    if named:
        of_named = select(Run.id).where(Run.workflow_id.in_(named), *conditions).order_by(Run.id.desc()).limit(limit)
        ids.update(session.scalars(of_named))
    look = _among_runs if conditions and _fewer(session, conditions, many) else _among_events
    ids.update(look(session, text, conditions, before, limit))
    return sorted(ids, reverse=True)[:limit]


def _fewer(session: Session, conditions: Conditions, many: int) -> bool:
    some = select(Run.id).where(*conditions).limit(many).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) < many


def _among_runs(session: Session, text: str, conditions: Conditions, before: str | None, limit: int) -> Iterable[str]:
    """For filters that leave few runs: their events are looked at one by one."""
    query = select(Run.id).join(Event, Event.id == Run.event_id).where(*conditions, contains(Event.payload, text))
    return session.scalars(query.order_by(Run.id.desc()).limit(limit))


def _among_events(session: Session, text: str, conditions: Conditions, before: str | None, limit: int) -> Iterable[str]:
    """For many runs: going through the events in their order is several times faster than from run to event."""
    about: list[str] = []
    for events in _events(session, text, before):
        about += session.scalars(select(Run.id).where(Run.event_id.in_(events), *conditions))
        if len(about) >= limit + SPARE:
            break
    return about


def _events(session: Session, text: str, before: str | None) -> Iterator[list[str]]:
    """Events with this text, newest first, a portion at a time. A run is younger than its event."""
    portion = FIRST_LOOK
    while True:
        query = select(Event.id).where(contains(Event.payload, text)).order_by(Event.id.desc()).limit(portion)
        events = list(session.scalars(query if before is None else query.where(Event.id < before)))
        if events:
            yield events
        if len(events) < portion:
            return
        before, portion = events[-1], min(2 * portion, LARGEST_LOOK)
