"""Polls and schedules: triggers that Stepline has to look after itself, each when it is due.

Any number of processes may look: a due subscription is claimed by one guarded UPDATE, for a bounded time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, or_, select, update

from connectors._kit.caller import Caller
from connectors._kit.errors import FailureKind, InputInvalid, KitError, OperationFailed, UnknownOperation
from connectors._kit.model import Operation, PollSpec
from connectors._kit.registry import Registry
from engine.budget import Budget
from engine.clock import Clock
from engine.connections import Connections
from engine.errors import EngineError, NotFound, StorageUnavailable
from engine.intake import Intake, NewEvent, Target
from engine.storage.database import Database
from engine.storage.tables import Subscription, Version
from engine.triggers import seen
from engine.triggers.polls import DueSubscription, Polls
from engine.triggers.seen import Sighting

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)
AT_ONCE = 20
MAX_BACKOFF = timedelta(hours=1)


class DueTriggers:
    """`tick` is how often the database is looked at, `fastest` the shortest time between two polls, in seconds."""

    def __init__(
        self,
        database: Database,
        registry: Registry,
        connections: Connections,
        caller: Caller,
        intake: Intake,
        clock: Clock,
        *,
        budget: Budget,
        tick: float = 0.5,
        fastest: float = 10.0,
    ) -> None:
        self._database = database
        self._registry = registry
        self._connections = connections
        self._caller = caller
        self._polls = Polls(database, caller, intake)
        self._intake = intake
        self._clock = clock
        self._budget = budget
        self._tick = tick
        self._fastest = fastest
        self._loop: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._claiming = asyncio.Lock()
        self._stopping = asyncio.Event()

    def start(self) -> None:
        self._loop = asyncio.create_task(self._watch(), name="due triggers")

    async def stop(self, grace: float = 10.0) -> None:
        """Let looks that are under way finish for `grace` seconds; what is not finished is looked at again."""
        self._stopping.set()
        if self._loop:
            await self._loop
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def check_now(self) -> int:
        """Look once and finish everything that is due. Returns how many subscriptions were looked after."""
        await self._begin()
        under_way = tuple(self._tasks)
        await asyncio.gather(*under_way)
        return len(under_way)

    async def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._begin()
            except StorageUnavailable as error:
                log.error("could not look for due triggers; trying again in %s s (%s)", self._tick, error.detail)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._tick)

    async def _begin(self) -> None:
        """Start to look after what is due."""
        async with self._claiming:  # what is claimed is always among the tasks when somebody else looks
            for subscription in await asyncio.to_thread(self._claim):
                task = asyncio.create_task(self._look_after(subscription))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _claim(self) -> list[DueSubscription]:
        now = self._clock()
        free = or_(Subscription.leased_until.is_(None), Subscription.leased_until < now)
        due = select(Subscription.workflow_id).where(Subscription.due_at <= now, free).limit(AT_ONCE)
        with self._database.read() as session:
            if session.execute(due.limit(1)).first() is None:
                return []
        statement = (
            update(Subscription)
            .where(Subscription.workflow_id.in_(due.with_for_update(skip_locked=True).scalar_subquery()), free)
            .values(leased_until=now + CLAIM)
            .returning(Subscription)
        )
        with self._database.write() as session:
            rows = session.scalars(statement.execution_options(synchronize_session=False)).all()
            return [_due(row, session.get_one(Version, row.version_id).definition) for row in rows]

    async def _look_after(self, subscription: DueSubscription) -> None:
        try:
            operation = self._registry.operation(subscription.operation)
        except UnknownOperation as error:
            await self._postpone(subscription, timedelta(minutes=1), error)
            return
        poll = operation.trigger.poll if operation.trigger else None
        try:
            if poll is None:
                await self._fire(subscription, operation)
            else:
                await self._poll(subscription, operation, poll)
        except (OperationFailed, InputInvalid, KitError, NotFound) as error:
            await self._postpone(subscription, timedelta(seconds=poll.interval_seconds if poll else 300), error)
        except EngineError as error:
            log.error("trigger of workflow %s: %s (%s)", subscription.workflow_id, error.message, error.detail)

    async def _fire(self, subscription: DueSubscription, operation: Operation) -> None:
        """A time has come. Times missed while Stepline was down count once."""
        now = self._clock()
        times = {"scheduled_for": subscription.due_at.isoformat(), "started_at": now.isoformat()}
        dedupe = f"{subscription.series}:{subscription.due_at.isoformat()}"
        payload = await self._due_data(subscription, operation, dedupe, times) if subscription.primed else None
        if payload is not None:
            await self._intake.accept(
                NewEvent(source="schedule", dedupe=dedupe, payload=payload, operation=operation.id),
                [Target(subscription.workflow_id, subscription.version_id)],
            )
        following = self._registry.next_times(operation, subscription.input, after=now, count=1)
        await asyncio.to_thread(self._done, subscription, now, following[0] if following else None)

    async def _due_data(
        self, subscription: DueSubscription, operation: Operation, dedupe: str, times: Mapping[str, str]
    ) -> Mapping[str, Any] | None:
        """What the event that is due gives to its workflow; None when there is no event after all."""
        if operation.trigger is None or not operation.trigger.run:
            return times
        data = await self._caller.due(
            operation, subscription.input, idempotency_key=dedupe, workflow_id=subscription.workflow_id
        )
        return None if data is None else {**times, **data}

    async def _poll(self, subscription: DueSubscription, operation: Operation, poll: PollSpec) -> None:
        credentials = await self._connections.fresh(subscription.connection_id) if subscription.connection_id else None
        lane = self._budget.lane(credentials)
        if lane is not None and (until := await lane.admit(waited=True)) is not None:
            await asyncio.to_thread(self._write, _same(subscription).values(due_at=until, leased_until=None))
            return
        began = self._clock()
        try:
            rest = await self._polls.look(subscription, operation, credentials, began, lane)
        except OperationFailed as error:
            refused = credentials if error.failure.kind is FailureKind.AUTH else None
            newer = await self._connections.after_refusal(refused) if refused else None
            if newer is None:
                raise
            rest = await self._polls.look(subscription, operation, newer, began, lane)
        interval = timedelta(seconds=max(poll.interval_seconds, self._fastest))
        await asyncio.to_thread(self._done, subscription, began, self._clock() + interval, rest)

    def _done(
        self,
        subscription: DueSubscription,
        began: datetime,
        due_at: datetime | None,
        sightings: Sequence[Sighting] = (),
    ) -> None:
        """Remember what was seen; the next look is at `due_at`. Only if the subscription is still the same."""
        change = {"due_at": due_at, "leased_until": None, "primed": True, "checked_at": began}
        statement = _same(subscription).values({**change, "failures": 0, "last_error": None})
        with self._database.write() as session:
            same = session.execute(
                statement.returning(Subscription.workflow_id).execution_options(synchronize_session=False)
            ).first()
            if same is not None:
                seen.remember(session.connection(), self._database, sightings)

    async def _postpone(self, subscription: DueSubscription, interval: timedelta, error: Exception) -> None:
        failures = subscription.failures + 1
        wait = min(interval * 2 ** min(failures, 10), MAX_BACKOFF)
        log.warning("trigger of workflow %s failed %d times: %s", subscription.workflow_id, failures, error)
        message = error.failure.as_dict() if isinstance(error, OperationFailed) else {"message": str(error)}
        change = {"due_at": self._clock() + wait, "leased_until": None, "failures": failures, "last_error": message}
        await asyncio.to_thread(self._write, _same(subscription).values(change))

    def _write(self, statement: Any) -> None:
        with self._database.write() as session:
            session.execute(statement.execution_options(synchronize_session=False))


def _same(subscription: DueSubscription) -> Update:
    """An UPDATE of the subscription, unless its trigger is another one by now."""
    return update(Subscription).where(
        Subscription.workflow_id == subscription.workflow_id, Subscription.series == subscription.series
    )


def _due(row: Subscription, definition: Mapping[str, Any]) -> DueSubscription:
    return DueSubscription(
        workflow_id=row.workflow_id,
        version_id=row.version_id,
        series=row.series,
        operation=row.operation,
        mode=row.mode,
        connection_id=row.connection_id,
        due_at=row.due_at or row.created_at,
        primed=row.primed,
        failures=row.failures,
        looked_at=row.checked_at,
        definition=definition,
    )
