"""The tables. One class a noun; times are timezone-aware UTC; ids are time-ordered (see `engine.ids`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time. SQLite has no zones, so UTC goes in and UTC comes out on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        # The same text that SQLAlchemy writes, made in one step: each run stores about ten times.
        return _sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a timezone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _sqlite_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a stored time needs a timezone")
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


Json = JSON(none_as_null=True)
"""Kept as text, so that the order of fields in a payload stays as it came."""


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json, Any: Json}


Id = String(32)


class User(Base):
    __tablename__ = "user"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    """owner | member"""
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class Session(Base):
    """A signed-in browser. Only a hash of the cookie's token is kept."""

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginLink(Base):
    """A one-time link: claims a fresh server (purpose setup) or signs a user in (purpose signin)."""

    __tablename__ = "login_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Setting(Base):
    """Facts the server keeps about itself, such as the fingerprint of the encryption key."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)


class Connection(Base):
    """Stored credentials of one account. `secret` is an encrypted JSON object; `public` is readable."""

    __tablename__ = "connection"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    connector: Mapped[str] = mapped_column(String(64), index=True)
    auth: Mapped[str] = mapped_column(String(64))
    public: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(16), default="untested")
    """untested | ok | failing | faulty | needs_reconnect"""
    status_message: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=1)
    tested_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    renewing_until: Mapped[datetime | None]
    """One process renews the OAuth token, until then at the latest."""


class Folder(Base):
    """A place for workflows that belong together."""

    __tablename__ = "folder"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime]


class Workflow(Base):
    __tablename__ = "workflow"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    enabled: Mapped[bool] = mapped_column(default=False, index=True)
    draft: Mapped[dict[str, Any]]
    draft_revision: Mapped[int] = mapped_column(default=1)
    live_version_id: Mapped[str | None] = mapped_column(Id)
    recipe: Mapped[str | None] = mapped_column(String(120))
    folder_id: Mapped[str | None] = mapped_column(ForeignKey("folder.id", ondelete="SET NULL"), index=True)
    tags: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Plain words, sorted."""
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    """Who looks after it."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Version(Base):
    """An immutable definition: published (numbered), or a draft as it was when it was tested (no number)."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("workflow_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflow.id", ondelete="CASCADE"))
    number: Mapped[int | None]
    draft_revision: Mapped[int]
    definition: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(Text, default="")
    published_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]


class Hook(Base):
    """A secret URL. It belongs to one workflow (catch hook) or one connection (all its events)."""

    __tablename__ = "hook"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    """The token itself, encrypted, so that its owner can be shown the URL again."""
    workflow_id: Mapped[str | None] = mapped_column(ForeignKey("workflow.id", ondelete="CASCADE"), unique=True)
    connection_id: Mapped[str | None] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime]
    refused_at: Mapped[datetime | None]
    """When a delivery was refused of late, because its sender could not prove who it is, and why."""
    refused_reason: Mapped[str] = mapped_column(Text, default="", server_default="")


class Subscription(Base):
    """The live trigger of one switched-on workflow: on a hook, a poll cursor or a schedule."""

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_due", "due_at"),)

    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflow.id", ondelete="CASCADE"), primary_key=True)
    series: Mapped[str] = mapped_column(Id)
    """New whenever the trigger changes: a poll starts afresh, and its events never meet those of before."""
    version_id: Mapped[str] = mapped_column(ForeignKey("version.id", ondelete="CASCADE"))
    operation: Mapped[str] = mapped_column(String(200))
    mode: Mapped[str] = mapped_column(String(16))
    """webhook | catch | poll | schedule"""
    hook_id: Mapped[str | None] = mapped_column(ForeignKey("hook.id"), index=True)
    connection_id: Mapped[str | None] = mapped_column(ForeignKey("connection.id"), index=True)
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    primed: Mapped[bool] = mapped_column(default=False)
    """A poll has taken its first look: what was there before switching on starts nothing."""
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[dict[str, Any] | None]
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PollItem(Base):
    """What a trigger has seen, at looks and (where looks complete a hook) by its hook. See `engine.triggers.seen`."""

    __tablename__ = "poll_item"

    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflow.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    """Counts the changes seen, so that every change is an event of its own."""
    source: Mapped[str] = mapped_column(String(8), default="look", server_default="look")
    """How it was seen last: look (started nothing) | poll (a look that started a run) | hook"""
    seen_at: Mapped[datetime | None]


class Event(Base):
    """One accepted trigger payload. `dedupe` is unique: the same event twice is one event."""

    __tablename__ = "event"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    dedupe: Mapped[str] = mapped_column(String(300), unique=True)
    source: Mapped[str] = mapped_column(String(16))
    """hook | poll | schedule | api | test"""
    hook_id: Mapped[str | None] = mapped_column(Id)
    operation: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(16))
    """accepted | unmatched | refused"""
    reason: Mapped[str] = mapped_column(Text, default="")
    payload: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[datetime]


class Run(Base):
    """One execution of one version for one event."""

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("event_id", "workflow_id"),
        Index("ix_run_workflow", "workflow_id", "id"),
        Index("ix_run_status", "status", "id"),
        Index(
            "ix_run_wake_at",
            "wake_at",
            sqlite_where=text("wake_at IS NOT NULL"),
            postgresql_where=text("wake_at IS NOT NULL"),
        ),
        Index(
            "ix_run_replay_of",
            "replay_of",
            sqlite_where=text("replay_of IS NOT NULL"),
            postgresql_where=text("replay_of IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workflow_id: Mapped[str] = mapped_column(ForeignKey("workflow.id", ondelete="CASCADE"))
    version_id: Mapped[str] = mapped_column(ForeignKey("version.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(ForeignKey("event.id"))
    mode: Mapped[str] = mapped_column(String(8), default="live")
    """live | test | dry"""
    status: Mapped[str] = mapped_column(String(16))
    """queued | running | waiting | held | succeeded | failed | filtered | cancelled"""
    reason: Mapped[str] = mapped_column(Text, default="")
    step_path: Mapped[str | None] = mapped_column(String(400))
    """Where the run stands or stopped."""
    error: Mapped[dict[str, Any] | None]
    wake_at: Mapped[datetime | None]
    """Set while the run is waiting, and only then."""
    lease_owner: Mapped[str | None] = mapped_column(Id)
    lease_until: Mapped[datetime | None]
    recoveries: Mapped[int] = mapped_column(default=0)
    replay_of: Mapped[str | None] = mapped_column(Id)
    """The run that this one repeats, from the start or from a step."""
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class StepRun(Base):
    """One step in one run; `path` tells branches and iterations apart (`each_task/3/send`)."""

    __tablename__ = "step_run"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(400), primary_key=True)
    position: Mapped[int]
    """Order of first appearance in the run, for the timeline."""
    kind: Mapped[str] = mapped_column(String(16))
    operation: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(16))
    """running | succeeded | failed | skipped | uncertain; a delay or a planned retry is running with `wake_at`"""
    input: Mapped[Any | None] = mapped_column(Json)
    output: Mapped[Any | None] = mapped_column(Json)
    error: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(default=0)
    wake_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Attempt(Base):
    """One try of a step that reaches outside, with the HTTP exchange as it was (secrets removed)."""

    __tablename__ = "attempt"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(400), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    """started | succeeded | failed | uncertain"""
    exchanges: Mapped[list[Any] | None]
    error: Mapped[dict[str, Any] | None]
    """A failure, with the `decision` of a person about it if its run was held."""
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Budget(Base):
    """What was sent to a service lately within its limits, by everybody who shares them (see `engine.budget`)."""

    __tablename__ = "budget"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    state: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class SignIn(Base):
    """A sign-in at a service that somebody has begun; it can be finished once. Only a hash of its token is kept."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    connection_id: Mapped[str] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    verifier: Mapped[bytes] = mapped_column(LargeBinary)
    """The secret of PKCE, encrypted; empty text without."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    """What the connection stood for when it began."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
