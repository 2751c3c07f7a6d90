"""Workflows: their draft, their published versions, and whether they are switched on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.definition.check import Checker
from engine.errors import Conflict, Invalid, NotFound, NotReady, Problem
from engine.ids import new_id
from engine.plans import Plans
from engine.storage.database import Database
from engine.storage.tables import Event, Run, Version, Workflow
from engine.triggers.subscriptions import Subscriptions

EMPTY_DEFINITION: Mapping[str, Any] = {"trigger": {"operation": "webhook.hooks.received"}, "steps": []}


@dataclass(frozen=True, slots=True)
class WorkflowRecord:
    """A workflow with its draft. `live_number` is the published version that runs; None = never published."""

    id: str
    name: str
    description: str
    enabled: bool
    draft: dict[str, Any]
    draft_revision: int
    live_version_id: str | None
    live_number: int | None
    draft_is_live: bool
    recipe: str | None
    folder_id: str | None
    tags: Sequence[str]
    owner_id: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class VersionRecord:
    id: str
    workflow_id: str
    number: int | None
    definition: dict[str, Any]
    note: str
    created_at: datetime
    published_by: str | None = None
    """Id of a user."""


class Workflows:
    """Every method is one transaction and may be called from any thread."""

    def __init__(
        self, database: Database, checker: Checker, subscriptions: Subscriptions, plans: Plans, clock: Clock
    ) -> None:
        self._database = database
        self._checker = checker
        self._subscriptions = subscriptions
        self._plans = plans
        self._clock = clock

    def list(
        self,
        text: str = "",
        *,
        enabled: bool | None = None,
        folder_id: str | None = None,
        tag: str | None = None,
        owner_id: str | None = None,
    ) -> Sequence[WorkflowRecord]:
        """All workflows by name; `text` looks in names, descriptions and tags. `folder_id` "" = in no folder."""
        query = _records().order_by(func.lower(Workflow.name), Workflow.id)
        if text:
            pattern = f"%{text}%"
            places = Workflow.name, Workflow.description, cast(Workflow.tags, Text)
            query = query.where(or_(*(place.ilike(pattern) for place in places)))
        if enabled is not None:
            query = query.where(Workflow.enabled == enabled)
        if folder_id is not None:
            query = query.where(Workflow.folder_id == folder_id if folder_id else Workflow.folder_id.is_(None))
        if owner_id is not None:
            query = query.where(Workflow.owner_id == owner_id)
        with self._database.read() as session:
            found = [_record(workflow, version) for workflow, version in session.execute(query)]
        return [record for record in found if tag is None or tag in record.tags]

    def get(self, workflow_id: str) -> WorkflowRecord:
        """Raises NotFound."""
        with self._database.read() as session:
            return self._get(session, workflow_id)

    def create(
        self,
        name: str,
        definition: Mapping[str, Any] = EMPTY_DEFINITION,
        *,
        description: str = "",
        recipe: str | None = None,
        owner_id: str | None = None,
    ) -> WorkflowRecord:
        """A new workflow, switched off, with `definition` as its draft (which may still have problems)."""
        now = self._clock()
        workflow = Workflow(
            id=new_id(),
            name=_valid_name(name),
            description=description.strip(),
            enabled=False,
            draft=dict(definition),
            draft_revision=1,
            recipe=recipe,
            owner_id=owner_id,
            created_at=now,
            updated_at=now,
        )
        with self._database.write() as session:
            session.add(workflow)
            session.flush()
            return self._get(session, workflow.id)

    def rename(self, workflow_id: str, name: str, description: str) -> WorkflowRecord:
        with self._database.write() as session:
            self._change(session, workflow_id, name=_valid_name(name), description=description.strip())
            record = self._get(session, workflow_id)
        self._plans.forget(workflow_id)
        return record

    def organise(
        self,
        workflow_ids: Sequence[str],
        *,
        folder_id: str | None = None,
        add_tags: Sequence[str] = (),
        remove_tags: Sequence[str] = (),
        owner_id: str | None = None,
    ) -> None:
        """Put workflows into a folder ("" = out of any), change their tags, or hand them to somebody."""
        added = {tag for tag in (" ".join(word.split())[:40] for word in add_tags) if tag}
        with self._database.write() as session:
            for workflow in session.scalars(select(Workflow).where(Workflow.id.in_(workflow_ids))):
                workflow.tags = sorted((set(workflow.tags) | added) - set(remove_tags), key=str.lower)
                if folder_id is not None:
                    workflow.folder_id = folder_id or None
                if owner_id is not None:
                    workflow.owner_id = owner_id or None

    def save_draft(self, workflow_id: str, definition: Mapping[str, Any], revision: int) -> WorkflowRecord:
        """Replace the draft that was read at `revision`. Raises Conflict when it has changed since."""
        statement = (
            update(Workflow)
            .where(Workflow.id == workflow_id, Workflow.draft_revision == revision)
            .values(draft=dict(definition), draft_revision=revision + 1, updated_at=self._clock())
        )
        with self._database.write() as session:
            changed = session.execute(statement.returning(Workflow.id)).first()
            record = self._get(session, workflow_id)
        if changed is None:
            raise Conflict("Somebody else changed this workflow in the meantime. Reload it and make your change again.")
        return record

    def problems(self, workflow_id: str) -> Sequence[Problem]:
        """Everything that keeps the draft from being published."""
        return self._checker.check(self.get(workflow_id).draft)

    def publish(self, workflow_id: str, *, note: str = "", user_id: str | None = None) -> VersionRecord:
        """Make the draft the live version. Raises NotReady with all its problems.

        A workflow that is switched on runs the new version from the next event on. Publishing an unchanged draft
        gives the version that is live already.
        """
        record = self.get(workflow_id)
        self._must_be_ready(record.draft)
        with self._database.write() as session:
            version = self._published(session, record, note, user_id)
            if record.enabled:
                self._subscriptions.put(session, workflow_id, version.id, version.definition)
            published = _version(version)
        self._subscriptions.changed()
        return published

    def enable(self, workflow_id: str, *, user_id: str | None = None) -> WorkflowRecord:
        """Switch on; publishes the draft when nothing is live yet. Raises NotReady."""
        record = self.get(workflow_id)
        with self._database.write() as session:
            if record.live_version_id is None:
                self._must_be_ready(record.draft)
                version = self._published(session, record, "", user_id)
            else:
                version = session.get_one(Version, record.live_version_id)
                self._must_be_ready(version.definition)
            self._subscriptions.put(session, workflow_id, version.id, version.definition)
            self._change(session, workflow_id, enabled=True)
            enabled = self._get(session, workflow_id)
        self._subscriptions.changed()
        return enabled

    def disable(self, workflow_id: str) -> WorkflowRecord:
        """Switch off: new events start nothing; runs under way go on."""
        with self._database.write() as session:
            self._subscriptions.remove(session, workflow_id)
            self._change(session, workflow_id, enabled=False)
            disabled = self._get(session, workflow_id)
        self._subscriptions.changed()
        return disabled

    def delete(self, workflow_id: str) -> None:
        """Remove the workflow with its versions and runs. Raises NotFound."""
        with self._database.write() as session:
            if (
                session.execute(delete(Workflow).where(Workflow.id == workflow_id).returning(Workflow.id)).first()
                is None
            ):
                raise NotFound("This workflow no longer exists.", workflow_id)
        self._subscriptions.changed()

    def versions(self, workflow_id: str) -> Sequence[VersionRecord]:
        """Published versions, newest first."""
        query = (
            select(Version)
            .where(Version.workflow_id == workflow_id, Version.number.is_not(None))
            .order_by(Version.number.desc())
        )
        with self._database.read() as session:
            return [_version(version) for version in session.scalars(query)]

    def version(self, workflow_id: str, number: int) -> VersionRecord:
        """Raises NotFound."""
        query = select(Version).where(Version.workflow_id == workflow_id, Version.number == number)
        with self._database.read() as session:
            found = session.scalars(query).one_or_none()
        if found is None:
            raise NotFound(f"This workflow has no version {number}.")
        return _version(found)

    def restore(self, workflow_id: str, number: int, revision: int) -> WorkflowRecord:
        """Make a published version the draft again. What is live stays live until it is published.

        Raises NotFound, or Conflict when the draft has changed since `revision` was read.
        """
        return self.save_draft(workflow_id, self.version(workflow_id, number).definition, revision)

    def set_aside(self, workflow_id: str) -> VersionRecord:
        """Keep the draft as it is, ready or not, as an unnumbered version that `bring_back` knows."""
        record = self.get(workflow_id)
        with self._database.write() as session:
            return _version(self._at_revision(session, record) or self._add_version(session, record, None, "", None))

    def bring_back(self, workflow_id: str, version_id: str, revision: int) -> WorkflowRecord:
        """Make any version, numbered or not, the draft again. Raises NotFound, or Conflict as `save_draft` does."""
        query = select(Version).where(Version.workflow_id == workflow_id, Version.id == version_id)
        with self._database.read() as session:
            found = session.scalars(query).one_or_none()
        if found is None:
            raise NotFound("This version no longer exists.", version_id)
        return self.save_draft(workflow_id, found.definition, revision)

    def snapshot(self, workflow_id: str) -> VersionRecord:
        """The draft as an unnumbered version, for a test. Raises NotReady."""
        record = self.get(workflow_id)
        self._must_be_ready(record.draft)
        with self._database.write() as session:
            return _version(self._at_revision(session, record) or self._add_version(session, record, None, "", None))

    def trigger_data(self, run_id: str) -> Any:
        """What `{{ trigger }}` was in a run. Raises NotFound."""
        query = (
            select(Event.source, Event.payload, Version.definition)
            .join(Run, Run.event_id == Event.id)
            .join(Version, Version.id == Run.version_id)
            .where(Run.id == run_id)
        )
        with self._database.read() as session:
            row = session.execute(query).first()
        if row is None:
            raise NotFound("This run no longer exists.", run_id)
        return self._plans.trigger_data(row.definition, row.source, row.payload)

    def last_payload(self, workflow_id: str) -> Any:
        """The trigger's data of the newest event of this workflow, for a test; None if there is none."""
        query = (
            select(Event.source, Event.payload, Version.definition)
            .join(Run, Run.event_id == Event.id)
            .join(Version, Version.id == Run.version_id)
            .where(Run.workflow_id == workflow_id)
            .order_by(Run.id.desc())
            .limit(1)
        )
        with self._database.read() as session:
            row = session.execute(query).first()
        return self._plans.trigger_data(row.definition, row.source, row.payload) if row else None

    def _must_be_ready(self, definition: Mapping[str, Any]) -> None:
        problems = self._checker.check(definition)
        if problems:
            count = "one thing" if len(problems) == 1 else f"{len(problems)} things"
            raise NotReady(f"There is still {count} to mend before this workflow can run.", problems)

    def _published(self, session: Session, record: WorkflowRecord, note: str, user_id: str | None) -> Version:
        version = self._at_revision(session, record)
        if version is None:
            version = self._add_version(session, record, self._next_number(session, record.id), note, user_id)
        elif version.number is None:
            version.number, version.note, version.published_by = self._next_number(session, record.id), note, user_id
        self._change(session, record.id, live_version_id=version.id)
        return version

    def _add_version(
        self, session: Session, record: WorkflowRecord, number: int | None, note: str, user_id: str | None
    ) -> Version:
        version = Version(
            id=new_id(),
            workflow_id=record.id,
            number=number,
            draft_revision=record.draft_revision,
            definition=record.draft,
            note=note,
            published_by=user_id,
            created_at=self._clock(),
        )
        session.add(version)
        session.flush()
        return version

    @staticmethod
    def _at_revision(session: Session, record: WorkflowRecord) -> Version | None:
        query = select(Version).where(Version.workflow_id == record.id, Version.draft_revision == record.draft_revision)
        return session.scalars(query).first()

    @staticmethod
    def _next_number(session: Session, workflow_id: str) -> int:
        highest = session.scalar(select(func.max(Version.number)).where(Version.workflow_id == workflow_id))
        return (highest or 0) + 1

    def _change(self, session: Session, workflow_id: str, **values: Any) -> None:
        statement = update(Workflow).where(Workflow.id == workflow_id).values(**values, updated_at=self._clock())
        if session.execute(statement.returning(Workflow.id)).first() is None:
            raise NotFound("This workflow no longer exists.", workflow_id)

    @staticmethod
    def _get(session: Session, workflow_id: str) -> WorkflowRecord:
        query = _records().where(Workflow.id == workflow_id).execution_options(populate_existing=True)
        row = session.execute(query).one_or_none()
        if row is None:
            raise NotFound("This workflow no longer exists.", workflow_id)
        return _record(row[0], row[1])


def _records() -> Any:
    return select(Workflow, Version).outerjoin(Version, Version.id == Workflow.live_version_id)


def _record(workflow: Workflow, live: Version | None) -> WorkflowRecord:
    return WorkflowRecord(
        id=workflow.id,
        name=workflow.name,
        description=workflow.description,
        enabled=workflow.enabled,
        draft=workflow.draft,
        draft_revision=workflow.draft_revision,
        live_version_id=workflow.live_version_id,
        live_number=live.number if live else None,
        draft_is_live=live is not None and live.draft_revision == workflow.draft_revision,
        recipe=workflow.recipe,
        folder_id=workflow.folder_id,
        tags=tuple(workflow.tags),
        owner_id=workflow.owner_id,
        created_at=workflow.created_at,
        updated_at=workflow.updated_at,
    )


def _version(version: Version) -> VersionRecord:
    return VersionRecord(
        version.id,
        version.workflow_id,
        version.number,
        version.definition,
        version.note,
        version.created_at,
        version.published_by,
    )


def _valid_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Invalid("A workflow needs a name.", [Problem("Enter a name.", "/name", field="name")])
    if len(name) > 200:
        raise Invalid("The name is too long.", [Problem("Use at most 200 characters.", "/name", field="name")])
    return name
