"""Hooks: secret URLs that receive events for one connection or one workflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.clock import Clock
from engine.errors import NotFound
from engine.ids import new_id
from engine.storage.database import Database
from engine.storage.tables import Hook
from engine.tokens import hash_token, new_token
from engine.vault import Vault

NOTED_EVERY = timedelta(seconds=30)
"""Refusals are noted no more often than this, by each process: nobody has proved who sends them."""
FRESH = timedelta(seconds=5)
"""How long a process believes what it read: a hook changed by another process is noticed within this."""


@dataclass(frozen=True, slots=True)
class HookRecord:
    """Exactly one of `workflow_id` and `connection_id` is set."""

    id: str
    workflow_id: str | None
    connection_id: str | None
    created_at: datetime
    token: str = field(repr=False)
    refused_at: datetime | None = None
    """When a delivery was last refused, give or take NOTED_EVERY; `refused_reason` says why."""
    refused_reason: str = ""

    @property
    def path(self) -> str:
        """Of the URL that receives events: append it to the public URL."""
        return f"/hooks/{self.token}"


class Hooks:
    """Safe to share between threads. Everything but `cached` blocks on the database."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._known: dict[str, tuple[HookRecord, datetime]] = {}
        self._noted: dict[str, datetime] = {}

    def cached(self, token: str) -> HookRecord | None:
        """The hook if it was found a moment ago; does not block."""
        known = self._known.get(token)
        return known[0] if known and self._clock() - known[1] < FRESH else None

    def find(self, token: str) -> HookRecord | None:
        """The hook with this token, or None."""
        now = self._clock()
        with self._database.read() as session:
            row = session.scalar(select(Hook).where(Hook.token_hash == hash_token(token)))
        if row is None:
            self._known.pop(token, None)
            return None
        record = _record(row, token)
        self._known[token] = record, now
        return record

    def get(self, hook_id: str) -> HookRecord | None:
        """The hook with this id, or None."""
        with self._database.read() as session:
            row = session.get(Hook, hook_id)
            return self._record(row) if row else None

    def for_connection(self, connection_id: str, *, session: Session | None = None) -> HookRecord:
        """The connection's hook, made when it has none; inside the caller's transaction if one is given."""
        return self._ensure(Hook.connection_id, connection_id, session)

    def for_workflow(self, workflow_id: str, *, session: Session | None = None) -> HookRecord:
        """The workflow's catch hook, made when it has none; inside the caller's transaction if one is given."""
        return self._ensure(Hook.workflow_id, workflow_id, session)

    def note_refusal(self, hook_id: str, reason: str) -> None:
        """A delivery could not prove where it comes from: keep when and why, for people who wonder."""
        now = self._clock()
        if now - self._noted.get(hook_id, now - NOTED_EVERY) < NOTED_EVERY:
            return
        self._noted[hook_id] = now
        with self._database.write() as session:
            session.execute(update(Hook).where(Hook.id == hook_id).values(refused_at=now, refused_reason=reason[:500]))

    def rotate(self, hook_id: str) -> HookRecord:
        """Give the hook a new URL; the old one stops working. Raises NotFound."""
        token = new_token()
        moved = {"token_hash": hash_token(token), "secret": self._vault.encrypt(token), "refused_at": None}
        change = update(Hook).where(Hook.id == hook_id).values(moved).returning(Hook)
        with self._database.write() as session:
            row = session.scalar(change)
            if row is None:
                raise NotFound("This hook no longer exists.", hook_id)
        self._known.clear()
        return self._record(row)

    def _ensure(self, owner: InstrumentedAttribute[str | None], owner_id: str, session: Session | None) -> HookRecord:
        query = select(Hook).where(owner == owner_id)
        if session is not None:
            return self._record(session.scalar(query) or self._made(session, query, owner, owner_id))
        with self._database.read() as reading:
            row = reading.scalar(query)
        if row is None:
            with self._database.write() as writing:
                row = self._made(writing, query, owner, owner_id)
        return self._record(row)

    def _made(
        self, session: Session, query: Select[Hook], owner: InstrumentedAttribute[str | None], owner_id: str
    ) -> Hook:
        token = new_token()
        insert = self._database.upsert(Hook).values(
            id=new_id(),
            token_hash=hash_token(token),
            secret=self._vault.encrypt(token),
            created_at=self._clock(),
            **{owner.key: owner_id},
        )
        # Somebody else may make it at the same time; then theirs is the one.
        try:
            session.execute(insert.on_conflict_do_nothing())
        except IntegrityError as error:
            raise NotFound("What this hook should belong to no longer exists.", owner_id) from error
        return session.scalars(query).one()

    def _record(self, row: Hook) -> HookRecord:
        return _record(row, self._vault.decrypt(row.secret))


def _record(row: Hook, token: str) -> HookRecord:
    owners = row.workflow_id, row.connection_id
    return HookRecord(row.id, *owners, row.created_at, token, row.refused_at, row.refused_reason)
