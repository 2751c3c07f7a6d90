"""What connectors keep from one run to the next, in the database. See connectors/_kit/store.py for the promise."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, text
from sqlalchemy.orm import Session

from connectors._kit.store import Act, Entry
from engine.clock import Clock
from engine.storage.database import Database
from engine.storage.kept import KeptEntry, KeptResult
from engine.storage.tables import Workflow

REMEMBERED = timedelta(days=30)
"""How long the result of a change is known by its idempotency key; no step is retried for longer."""
TIDY_EVERY = timedelta(hours=1)


class Stores:
    """Makes the stores of connectors. Each change is one transaction; changes of one place wait for each other."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._tidied_at = clock()

    def __call__(self, connector: str, workflow_id: str, idempotency_key: str) -> KeptStore:
        return KeptStore(self, connector, workflow_id, idempotency_key)

    def read(self, connector: str, workflow_id: str, look: Act) -> Any:
        with self._database.read() as session:
            return look(KeptShelf(session, connector, workflow_id, self._clock()))

    def change(self, connector: str, workflow_id: str, idempotency_key: str, act: Act) -> Any:
        """Blocks. What `act` gives, or gave when it was called with the same idempotency key before."""
        now = self._clock()
        mark = sha256(f"{connector}:{workflow_id}:{idempotency_key}".encode()).hexdigest() if idempotency_key else ""
        with self._database.write() as session:
            self._take_turn(session, f"{connector}:{workflow_id}")
            done = session.get(KeptResult, mark) if mark else None
            if done is not None:
                return done.result["value"]
            result = act(KeptShelf(session, connector, workflow_id, now))
            if mark:
                session.add(KeptResult(key=mark, result={"value": result}, created_at=now))
        self._tidy(now)
        return result

    def _take_turn(self, session: Session, place: str) -> None:
        """SQLite has one writer anyway; on PostgreSQL two changes of one place must not read the same state."""
        if self._database.dialect == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:place, 0))"), {"place": place})

    def _tidy(self, now: datetime) -> None:
        """Now and then: take away what has expired, old results, and what deleted workflows have kept."""
        if now - self._tidied_at < TIDY_EVERY:
            return
        self._tidied_at = now
        orphaned = (KeptEntry.workflow != "") & KeptEntry.workflow.not_in(select(Workflow.id))
        with self._database.write() as session:
            session.execute(delete(KeptEntry).where(or_(KeptEntry.expires_at <= now, orphaned)))
            session.execute(delete(KeptResult).where(KeptResult.created_at < now - REMEMBERED))


class KeptStore:
    """The kit's Store, for one call of one operation."""

    def __init__(self, stores: Stores, connector: str, workflow_id: str, idempotency_key: str) -> None:
        self._stores = stores
        self._connector = connector
        self._workflow_id = workflow_id
        self._idempotency_key = idempotency_key

    async def read(self, look: Act) -> Any:
        return await asyncio.to_thread(self._stores.read, self._connector, self._workflow_id, look)

    async def change(self, act: Act) -> Any:
        return await asyncio.to_thread(
            self._stores.change, self._connector, self._workflow_id, self._idempotency_key, act
        )


class KeptShelf:
    """The kit's Shelf, inside one transaction."""

    def __init__(self, session: Session, connector: str, workflow_id: str, now: datetime) -> None:
        self._session = session
        self._place = {"connector": connector, "workflow": workflow_id}
        self._now = now
        there = or_(KeptEntry.expires_at.is_(None), KeptEntry.expires_at > now)
        self._there = (KeptEntry.connector == connector, KeptEntry.workflow == workflow_id, there)

    def get(self, key: str, member: str = "") -> Entry | None:
        query = select(KeptEntry).where(*self._there, KeptEntry.key == key, KeptEntry.member == member)
        row = self._session.scalar(query)
        return None if row is None else _entry(row)

    def put(self, key: str, value: Any, member: str = "", expires_at: datetime | None = None) -> None:
        known = self.get(key, member)
        created_at = known.created_at if known else self._now
        same = (KeptEntry.key == key, KeptEntry.member == member)
        self._session.execute(delete(KeptEntry).where(*self._everything, *same))
        row = {
            "key": key,
            "member": member,
            "value": {"value": value},
            "created_at": created_at,
            "expires_at": expires_at,
        }
        self._session.execute(insert(KeptEntry).values(**self._place, **row))

    def remove(self, key: str, member: str | None = None) -> int:
        chosen = [KeptEntry.key == key, *([] if member is None else [KeptEntry.member == member])]
        there = self._session.scalar(select(func.count()).select_from(KeptEntry).where(*self._there, *chosen)) or 0
        self._session.execute(delete(KeptEntry).where(*self._everything, *chosen))
        return there

    def keys(self, prefix: str, limit: int) -> list[Entry]:
        query = (
            select(KeptEntry)
            .where(*self._there, KeptEntry.member == "", KeptEntry.key.startswith(prefix, autoescape=True))
            .order_by(KeptEntry.key)
            .limit(limit)
        )
        return [_entry(row) for row in self._session.scalars(query)]

    def members(self, key: str, limit: int) -> list[Entry]:
        query = (
            select(KeptEntry)
            .where(*self._there, KeptEntry.key == key, KeptEntry.member != "")
            .order_by(KeptEntry.created_at, KeptEntry.member)
            .limit(limit)
        )
        return [_entry(row) for row in self._session.scalars(query)]

    def count(self, key: str) -> int:
        chosen = (*self._there, KeptEntry.key == key, KeptEntry.member != "")
        return self._session.scalar(select(func.count()).select_from(KeptEntry).where(*chosen)) or 0

    @property
    def _everything(self) -> tuple[Any, ...]:
        """Also what has expired: it stands in the way of a new entry."""
        return self._there[:2]


def _entry(row: KeptEntry) -> Entry:
    return Entry(row.key, row.member, row.value["value"], row.created_at, row.expires_at)
