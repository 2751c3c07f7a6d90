"""What budgets have given out, in the database: one row each, shared by all processes.

Everything that asks at the same time is answered in one transaction, so that a crowd of runs costs one commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.budget import policy
from engine.budget.policy import BudgetState, Limit, Told, Turn
from engine.clock import Clock
from engine.errors import StorageUnavailable
from engine.storage import tables
from engine.storage.database import Database


@dataclass(frozen=True, slots=True)
class Ask:
    """May one more request be sent?"""

    key: str
    limits: tuple[Limit, ...]
    waited: bool


@dataclass(frozen=True, slots=True)
class Note:
    """What the service said: wait for `pause` milliseconds, or how it counts."""

    key: str
    limits: tuple[Limit, ...]
    pause: int = 0
    told: tuple[Told, ...] = ()


Entry = Ask | Note


class Ledger:
    """Used from one event loop; any number of ledgers may share a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: list[tuple[Entry, asyncio.Future[Turn | None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._known: dict[str, BudgetState] = {}

    async def ask(self, ask: Ask) -> Turn:
        """Raises StorageUnavailable; then nothing was given."""
        turn = await self._submit(ask)
        assert turn is not None  # noqa: S101  only notes have no answer
        return turn

    def note(self, note: Note) -> None:
        """Written down before anything asked later is answered; what is no news costs nothing."""
        if self._is_news(note):
            self._submit(note).add_done_callback(_seen)

    def paused(self, key: str) -> bool:
        """Whether the service has asked for quiet, as far as this process knows."""
        known = self._known.get(key)
        return known is not None and known.paused_until > self._now()

    async def settle(self) -> None:
        """Return when everything submitted so far is written."""
        if self._task is not None:
            await self._task

    def _is_news(self, note: Note) -> bool:
        known = self._known.get(note.key)
        return known is None or note.pause > 0 or policy.is_news(known, note.limits, self._now(), note.told)

    def _submit(self, entry: Entry) -> asyncio.Future[Turn | None]:
        future: asyncio.Future[Turn | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer(), name="request budget")
        return future

    async def _answer(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                turns = await asyncio.to_thread(self._write, [entry for entry, _ in batch])
            except Exception as error:  # whatever it is, everybody in the batch waits for an answer
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), turn in zip(batch, turns, strict=True):
                if not future.done():
                    future.set_result(turn)

    def _write(self, entries: Sequence[Entry]) -> list[Turn | None]:
        turns: list[Turn | None] = [None] * len(entries)
        by_key: dict[str, list[int]] = {}
        for index, entry in enumerate(entries):
            by_key.setdefault(entry.key, []).append(index)
        with self._database.write() as session:
            for key in sorted(by_key):  # everybody locks in the same order
                state = self._locked(session, key)
                for index in by_key[key]:
                    turns[index] = _apply(state, entries[index], self._now())
                change = update(tables.Budget).where(tables.Budget.key == key)
                session.execute(change.values(state=state.dump(), updated_at=self._clock()))
                self._known[key] = state
        return turns

    def _locked(self, session: Session, key: str) -> BudgetState:
        """Nobody else changes it until the transaction ends."""
        query = select(tables.Budget.state).where(tables.Budget.key == key).with_for_update()
        found = session.scalar(query)
        if found is None:
            fresh = {"key": key, "state": BudgetState().dump(), "updated_at": self._clock()}
            session.execute(self._database.upsert(tables.Budget).values(fresh).on_conflict_do_nothing())
            found = session.scalar(query)
        if found is None:
            raise StorageUnavailable("The request budget could not be read.", key)
        return BudgetState.load(found)

    def _now(self) -> int:
        return int(self._clock().timestamp() * 1000)


def _apply(state: BudgetState, entry: Entry, now: int) -> Turn | None:
    if isinstance(entry, Ask):
        return policy.take(state, entry.limits, now, waited=entry.waited)
    if entry.pause:
        policy.pause(state, now, entry.pause)
    policy.listen(state, entry.limits, now, entry.told)
    return None


def _seen(future: asyncio.Future[Turn | None]) -> None:
    """A note that could not be written is not worth an error of its own: whoever asks next meets the same."""
    if not future.cancelled():
        future.exception()
