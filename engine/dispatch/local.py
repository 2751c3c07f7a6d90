"""The local dispatcher: runs are advanced by tasks in this process, from memory when it accepted them itself.

reserve() ──► the run is stored already leased ──► take() starts it     (the fast way in)
claim loop ──► queued, waiting and recovered runs from the database     (everything else)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from engine.clock import Clock
from engine.dispatch.leases import ClaimedRun, Leases
from engine.errors import EngineError, NotFound, Overloaded, StorageUnavailable
from engine.plans import Plans
from engine.run_state import RunState
from engine.runner import Runner

log = logging.getLogger(__name__)

CLAIM_AT_ONCE = 200


class LocalDispatcher:
    """`concurrency` is how many runs may be in hand at once; `tick` how often the database is looked at, in seconds.

    With `claims` off it advances only runs that it was handed: for a single command.
    """

    def __init__(
        self,
        runner: Runner,
        leases: Leases,
        plans: Plans,
        clock: Clock,
        *,
        owner: str,
        lease: timedelta = timedelta(seconds=60),
        concurrency: int = 200,
        max_queued: int = 100_000,
        tick: float = 0.5,
        sole_owner: bool = False,
        claims: bool = True,
    ) -> None:
        self.owner = owner
        self.lease = lease
        self._runner = runner
        self._leases = leases
        self._plans = plans
        self._clock = clock
        self._concurrency = concurrency
        self._max_queued = max_queued
        self._queued = 0
        self._tick = tick
        self._sole_owner = sole_owner
        self._claims = claims
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._reserved = 0
        self._accepting = False
        self._starved = False
        """There is more to do than fits; a finished run makes room for the next look."""
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._claiming = asyncio.Lock()
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Requeue what a dead process left behind, then begin to work."""
        self._accepting = True
        self._loops = [asyncio.create_task(self._renew_forever(), name="renew leases")]
        if not self._claims:
            return
        recovered = await asyncio.to_thread(self._leases.recover, self._clock(), sole_owner=self._sole_owner)
        if recovered:
            log.warning("%d runs were interrupted when Stepline last stopped; they go on now", recovered)
        self._loops.append(asyncio.create_task(self._claim_forever(), name="claim runs"))

    async def stop(self, grace: float = 10.0) -> None:
        """Let running steps finish for `grace` seconds, then give every run back to the queue."""
        self._accepting = False
        self._stopping.set()
        self._wake.set()
        await asyncio.gather(*self._loops)  # not cancelled: a look at the database is finished, not torn
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=grace)
        unfinished = list(self._tasks.values())
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        released = await asyncio.to_thread(self._leases.release)
        if released:
            log.info("%d unfinished runs were put back in the queue", released)

    @property
    def in_hand(self) -> int:
        """Runs being advanced right now."""
        return len(self._tasks)

    def reserve(self, count: int) -> str | None:
        """Room for `count` runs about to be stored: the owner to lease them to, or None to leave them queued.

        Raises Overloaded when too many runs are queued already.
        """
        if not count or not self._accepting:
            return None
        if len(self._tasks) + self._reserved + count > self._concurrency:
            self._starved = True
            self._queued += count
            if self._queued > self._max_queued:
                raise Overloaded("Too many runs wait for their turn; send this event again later.", 60)
            return None
        self._reserved += count
        return self.owner

    def take(self, states: Sequence[RunState], *, reserved: int) -> None:
        """Start runs that were stored under this owner's lease, and give the reservation back."""
        self._reserved -= reserved
        for state in states:
            self._start(state)

    async def idle(self) -> None:
        """Return when no run is in hand or being claimed."""
        while True:
            async with self._claiming:
                tasks = list(self._tasks.values())
            if not tasks:
                return
            await asyncio.wait(tasks)
            await asyncio.sleep(0)  # let the finished tasks take themselves off

    def wake(self) -> None:
        """There is something new in the queue: look now rather than at the next tick."""
        self._wake.set()

    def _start(self, state: RunState) -> None:
        task = asyncio.create_task(self._runner.advance(state))
        self._tasks[state.run_id] = task
        task.add_done_callback(lambda _: self._finished(state.run_id))

    def _finished(self, run_id: str) -> None:
        del self._tasks[run_id]
        if self._starved and len(self._tasks) <= self._concurrency // 2:
            self._wake.set()

    async def _claim_forever(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                await self.claim_due()
            except Exception as error:  # this loop must go on whatever happens: nobody else wakes waiting runs
                detail = error.detail if isinstance(error, EngineError) else repr(error)
                log.error("could not look for due runs; trying again in %s s (%s)", self._tick, detail)
            await _happens(self._wake, self._tick)

    async def claim_due(self) -> None:
        """Look once: requeue what lost its owner, and start what is due, as far as there is room."""
        async with self._claiming:
            await self._claim_due()

    async def _claim_due(self) -> None:
        room = min(self._concurrency - len(self._tasks) - self._reserved, CLAIM_AT_ONCE)
        if room <= 0:
            self._starved = True
            return
        claimed = await asyncio.to_thread(self._leases.claim_due, self._clock(), room)
        self._starved = len(claimed) == room
        self._queued = await asyncio.to_thread(self._leases.queued) if self._starved else 0
        for run in claimed:
            await self._resume(run)

    async def _resume(self, run: ClaimedRun) -> None:
        if run.run_id in self._tasks:  # it has just been written down as waiting, and is due again already
            await asyncio.wait([self._tasks[run.run_id]])
            await asyncio.sleep(0)
        try:
            plan = await self._plans.get(run.version_id)
        except NotFound:
            log.error("run %s belongs to a version that is gone; it stays where it is", run.run_id)
            return
        self._start(
            RunState(run.run_id, plan, run.mode, run.source, run.payload, run.created_at, run.records, run.interrupted)
        )

    async def _renew_forever(self) -> None:
        while not await _happens(self._stopping, self.lease.total_seconds() / 3):
            if not self._tasks:
                continue
            try:
                await asyncio.to_thread(self._leases.renew, self._clock(), list(self._tasks))
            except StorageUnavailable as error:
                log.error("could not renew leases; runs may be handed out twice and one is then stopped (%s)", error)


async def _happens(event: asyncio.Event, within: float) -> bool:
    """True as soon as the event is set, False after `within` seconds."""
    try:
        await asyncio.wait_for(event.wait(), within)
    except TimeoutError:
        return False
    return True
