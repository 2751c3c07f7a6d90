"""The journal: one thread a process that commits what the event loop has queued, many writes in one commit.

A caller awaits `Journal.write(...)`; it returns after the commit that holds the write, or raises and nothing of that
write was stored. Writes of one class are handed to the class together, so that they become a few bulk statements.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, StatementError

from engine.errors import EngineError, Overloaded, StorageUnavailable, Unstorable
from engine.storage.database import Database

log = logging.getLogger(__name__)

R = TypeVar("R")


class Write(ABC, Generic[R]):
    """One durable change. Subclasses hold its data and know how to store many of them at once."""

    @classmethod
    @abstractmethod
    def apply(cls, connection: Connection, database: Database, writes: Sequence[Self]) -> Sequence[R | EngineError]:
        """Store all `writes` inside the open transaction; return one result each, in order.

        An EngineError in the place of a result is raised to that caller alone; its write stored nothing.
        """


@dataclass(slots=True)
class _Pending:
    write: Write[Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Journal:
    """Group commit. `max_queue` bounds how many writes may wait, `max_batch` how many share a commit."""

    def __init__(self, database: Database, *, max_queue: int = 10_000, max_batch: int = 500) -> None:
        self._database = database
        self._max_queue = max_queue
        self._max_batch = max_batch
        self._queue: SimpleQueue[_Pending | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._commit_forever, name="journal", daemon=True)
        self._closed = False

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Commit what is queued, then end the thread. Blocks until both are done."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    @property
    def backlog(self) -> int:
        """Writes waiting for a commit right now."""
        return self._queue.qsize()

    async def write(self, write: Write[R], *, sheddable: bool = False) -> R:
        """Store `write`; return its result after the commit.

        A `sheddable` write (a new event) is refused with Overloaded when too many wait; the progress of runs that
        were accepted is never refused.
        """
        if self._closed:
            raise StorageUnavailable("Stepline is shutting down; nothing was stored.")
        if sheddable and self._queue.qsize() >= self._max_queue:
            raise Overloaded("More events arrive than can be stored; send this one again in a few seconds.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._queue.put(_Pending(write, loop, future))
        return await future

    def _commit_forever(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, stop = [first], False
            while len(batch) < self._max_batch:
                try:
                    pending = self._queue.get_nowait()
                except Empty:
                    break
                if pending is None:
                    stop = True
                    break
                batch.append(pending)
            self._answer(batch, self._commit(batch))
            if stop:
                return

    def _commit(self, batch: list[_Pending]) -> list[Any]:
        """Commit the batch; when it fails, commit each write alone so that only the bad one fails."""
        try:
            return self._commit_together(batch)
        except StorageUnavailable as error:
            return [error] * len(batch)
        except Exception as error:  # whatever it is, this thread must go on: everybody waits for it
            if len(batch) == 1:
                return [_refused(error)]
            return [outcome for pending in batch for outcome in self._commit([pending])]

    def _commit_together(self, batch: list[_Pending]) -> list[Any]:
        by_kind: dict[type[Write[Any]], list[int]] = {}
        for index, pending in enumerate(batch):
            by_kind.setdefault(type(pending.write), []).append(index)
        outcomes: list[Any] = [None] * len(batch)
        with self._database.transaction() as connection:
            for kind, indexes in by_kind.items():
                results = kind.apply(connection, self._database, [batch[i].write for i in indexes])
                for index, result in zip(indexes, results, strict=True):
                    outcomes[index] = result
        return outcomes

    @staticmethod
    def _answer(batch: list[_Pending], outcomes: list[Any]) -> None:
        """Wake every waiting caller with one call into each event loop."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
        for pending, outcome in zip(batch, outcomes, strict=True):
            by_loop.setdefault(pending.loop, []).append((pending.future, outcome))
        for loop, answers in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, outcome in answers:
        if future.done():  # the caller was cancelled while the commit was under way
            continue
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def _refused(error: Exception) -> EngineError:
    """What the caller gets. Anybody can send what cannot be stored, so that is no error in the log."""
    outcome = error if isinstance(error, EngineError) else _not_stored(error)
    level = logging.DEBUG if isinstance(outcome, Unstorable) else logging.ERROR
    log.log(level, "a write was refused", exc_info=error)
    return outcome


def _not_stored(error: Exception) -> StorageUnavailable:
    cause = error.orig if isinstance(error, StatementError) and error.orig else error
    if isinstance(error, DataError) or isinstance(cause, TypeError | ValueError):
        return Unstorable("This is too large or too deeply nested to be stored.", f"{type(cause).__name__}: {cause}")
    return StorageUnavailable(
        "The database refused a write; nothing of it was stored.", f"{type(error).__name__}: {error}"
    )
