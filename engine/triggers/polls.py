"""One look at a service: what is new or has changed since the last one starts runs.

Rows are read page by page and compared with what is known of them; only when the last page is read, the events are
accepted, oldest first where the service lists the newest first. So a look that breaks off loses nothing: the next one
finds the same again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from connectors._kit.caller import Caller
from connectors._kit.context import Credentials, Pace, PolledItem
from connectors._kit.errors import ExpressionError
from connectors._kit.model import Operation, PollSpec
from connectors._kit.triggers import plan_of
from engine.definition.model import trigger_input
from engine.intake import Intake, NewEvent, Target
from engine.storage.database import Database
from engine.triggers import seen
from engine.triggers.interest import unwanted
from engine.triggers.seen import Known, Sighting

SETTLING = timedelta(minutes=5)
"""A service's lists may be behind its hook: for so long, what the hook said about a thing is believed."""
TOGETHER = 200
"""Events accepted at a time."""


@dataclass(frozen=True, slots=True)
class DueSubscription:
    """A subscription whose time has come. `looked_at` is when the last look began that was finished."""

    workflow_id: str
    version_id: str
    series: str
    operation: str
    mode: str
    connection_id: str | None
    due_at: datetime
    primed: bool
    failures: int
    looked_at: datetime | None
    definition: Mapping[str, Any]

    @property
    def input(self) -> Mapping[str, Any]:
        """The trigger's. Raises ExpressionError."""
        return trigger_input(self.definition)


@dataclass(frozen=True, slots=True)
class _Change:
    sighting: Sighting
    output: Any


class Polls:
    def __init__(self, database: Database, caller: Caller, intake: Intake) -> None:
        self._database = database
        self._caller = caller
        self._intake = intake

    async def look(
        self,
        subscription: DueSubscription,
        operation: Operation,
        credentials: Credentials | None,
        began: datetime,
        pace: Pace | None,
    ) -> Sequence[Sighting]:
        """Start what there is to start; return what is still to be remembered. The first look starts nothing.

        Raises OperationFailed, InputInvalid or ExpressionError when the service could not be looked at.
        """
        spec, input = _spec(operation), subscription.input
        changes = await self._changes(subscription, operation, input, credentials, began, pace)
        if not subscription.primed:
            return [change.sighting for change in changes]
        events = [change for change in changes if seen.emits(spec.emit, change.sighting.version)]
        if spec.newest_first:
            events.reverse()
        left_out = {id(change): _left_out(operation, input, change) for change in events}
        if spec.only_changes:
            events = [change for change in events if not left_out[id(change)]]
        for some in _batches(events):
            await asyncio.gather(*(self._accept(subscription, change, left_out[id(change)]) for change in some))
        accepted = {id(change) for change in events}
        return [change.sighting for change in changes if id(change) not in accepted]

    async def _changes(
        self,
        subscription: DueSubscription,
        operation: Operation,
        input: Mapping[str, Any],
        credentials: Credentials | None,
        began: datetime,
        pace: Pace | None,
    ) -> Sequence[_Change]:
        """Each thing once, in the service's order."""
        first, spec = not subscription.primed, _spec(operation)
        last = None if first else subscription.looked_at
        found: dict[str, _Change] = {}
        async with aclosing(self._caller.poll_pages(operation, input, credentials, last=last, pace=pace)) as pages:
            async for page in pages:
                keys = [item.key for item in page]
                known = await asyncio.to_thread(seen.known, self._database, subscription.workflow_id, keys)
                states = [_state(item, known.get(item.key), began) for item in page]
                for item, state in zip(page, states, strict=True):
                    if state in ("new", "changed") and item.key not in found:
                        sighting = _sighting(subscription.workflow_id, item, known.get(item.key), began)
                        found[item.key] = _Change(sighting, None if first else item.output)
                if spec.newest_first and not first and states and set(states) == {"same"}:
                    break
        return list(found.values())

    async def _accept(self, subscription: DueSubscription, change: _Change, left_out: Sequence[str]) -> None:
        sighting = change.sighting
        event = NewEvent(
            source="poll",
            dedupe=f"{subscription.series}:{sighting.key}:{sighting.version}",
            payload=change.output,
            operation=subscription.operation,
            status="unmatched" if left_out else "accepted",
            reason=unwanted(left_out) if left_out else "",
        )
        if left_out:
            await self._intake.accept(event, sightings=[sighting])
        else:
            await self._intake.accept(event, [Target(subscription.workflow_id, subscription.version_id, sighting)])


def _batches(events: Sequence[_Change]) -> Iterator[Sequence[_Change]]:
    """The first alone: while it has the version loaded, others would overtake each other."""
    yield events[:1]
    for start in range(1, len(events), TOGETHER):
        yield events[start : start + TOGETHER]


def _spec(operation: Operation) -> PollSpec:
    if operation.trigger is None or operation.trigger.poll is None:
        raise ValueError(f"{operation.id} is not polled")
    return operation.trigger.poll


def _state(item: PolledItem, known: Known | None, began: datetime) -> Literal["same", "settling", "new", "changed"]:
    if known is None:
        return "new"
    if known.digest == item.digest:
        return "same"
    just_now = known.seen_at is not None and known.seen_at > began - SETTLING
    return "settling" if known.source == "hook" and just_now else "changed"


def _sighting(workflow_id: str, item: PolledItem, known: Known | None, began: datetime) -> Sighting:
    version = known.version + 1 if known else 1
    return Sighting(workflow_id, item.key, item.digest, began, "look", version)


def _left_out(operation: Operation, input: Mapping[str, Any], change: _Change) -> Sequence[str]:
    try:
        return plan_of(operation).left_out(input, change.output)
    except ExpressionError:
        return ()
