"""What a workflow does: the draft that people edit, and the versions that were made of it. Versions never change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.definition.check import Checker
from engine.errors import Conflict, NotFound, NotReady, Problem
from engine.ids import new_id
from engine.storage.database import Database
from engine.storage.tables import Version, Workflow
from engine.triggers.subscriptions import Subscriptions
from engine.workflows import rows
from engine.workflows.model import VersionRecord, WorkflowRecord


class Versions:
    """Every method is one transaction and may be called from any thread."""

    def __init__(self, database: Database, checker: Checker, subscriptions: Subscriptions, clock: Clock) -> None:
        self._database = database
        self._checker = checker
        self._subscriptions = subscriptions
        self._clock = clock

    def list(self, workflow_id: str) -> Sequence[VersionRecord]:
        """Published versions, newest first."""
        query = (
            select(Version)
            .where(Version.workflow_id == workflow_id, Version.number.is_not(None))
            .order_by(Version.number.desc())
        )
        with self._database.read() as session:
            return [rows.version(version) for version in session.scalars(query)]

    def get(self, workflow_id: str, number: int) -> VersionRecord:
        """Raises NotFound."""
        with self._database.read() as session:
            found = session.scalars(_versions(workflow_id).where(Version.number == number)).one_or_none()
            if found is None:
                raise NotFound(f"This workflow has no version {number}.")
            return rows.version(found)

    def save_draft(self, workflow_id: str, definition: Mapping[str, Any], revision: int) -> WorkflowRecord:
        """Replace the draft that was read at `revision`. Raises Conflict when it has changed since."""
        statement = (
            update(Workflow)
            .where(Workflow.id == workflow_id, Workflow.draft_revision == revision)
            .values(draft=dict(definition), draft_revision=revision + 1, updated_at=self._clock())
        )
        with self._database.write() as session:
            changed = session.execute(statement.returning(Workflow.id)).first()
            record = rows.get(session, workflow_id)
        if changed is None:
            raise Conflict("Somebody else changed this workflow in the meantime. Reload it and make your change again.")
        return record

    def problems(self, workflow_id: str) -> Sequence[Problem]:
        """Everything that keeps the draft from being published."""
        return self._checker.check(self._workflow(workflow_id).draft)

    def publish(
        self, workflow_id: str, *, revision: int | None = None, note: str = "", user_id: str | None = None
    ) -> VersionRecord:
        """Make the draft the live version. Raises NotReady with all its problems.

        With `revision`, only the draft that was read at it: raises Conflict when it has changed since.

        A workflow that is switched on runs the new version from the next event on. Publishing an unchanged draft
        gives the version that is live already.
        """
        record = self._workflow(workflow_id)
        if revision not in (None, record.draft_revision):
            raise Conflict("Somebody else changed the draft in the meantime. Look at it once more.")
        self._must_be_ready(record.draft)
        with self._database.write() as session:
            version = self._published(session, record, note, user_id)
            if record.enabled:
                self._subscriptions.put(session, workflow_id, version.id, version.definition)
            published = rows.version(version)
        self._subscriptions.changed()
        return published

    def check_live(self, record: WorkflowRecord) -> None:
        """Raises NotReady with everything that keeps the live version, or the draft if none is live, from running."""
        number = record.live_number
        self._must_be_ready(record.draft if number is None else self.get(record.id, number).definition)

    def live(self, session: Session, record: WorkflowRecord, user_id: str | None) -> Version:
        """The version that runs; the draft is published where none is live."""
        if record.live_version_id is None:
            return self._published(session, record, "", user_id)
        return session.get_one(Version, record.live_version_id)

    def restore(self, workflow_id: str, number: int, revision: int) -> WorkflowRecord:
        """Make a published version the draft again. What is live stays live until it is published.

        Raises NotFound, or Conflict when the draft has changed since `revision` was read.
        """
        return self.save_draft(workflow_id, self.get(workflow_id, number).definition, revision)

    def set_aside(self, workflow_id: str) -> VersionRecord:
        """Keep the draft as it is, ready or not, as an unnumbered version that `bring_back` knows."""
        return self._kept(self._workflow(workflow_id))

    def bring_back(self, workflow_id: str, version_id: str, revision: int) -> WorkflowRecord:
        """Make any version, numbered or not, the draft again. Raises NotFound, or Conflict as `save_draft` does."""
        with self._database.read() as session:
            found = session.scalars(_versions(workflow_id).where(Version.id == version_id)).one_or_none()
            if found is None:
                raise NotFound("This version no longer exists.", version_id)
            definition = found.definition
        return self.save_draft(workflow_id, definition, revision)

    def snapshot(self, workflow_id: str) -> VersionRecord:
        """The draft as an unnumbered version, for a test. Raises NotReady."""
        record = self._workflow(workflow_id)
        self._must_be_ready(record.draft)
        return self._kept(record)

    def _workflow(self, workflow_id: str) -> WorkflowRecord:
        with self._database.read() as session:
            return rows.get(session, workflow_id)

    def _must_be_ready(self, definition: Mapping[str, Any]) -> None:
        problems = self._checker.check(definition)
        if problems:
            count = "is still one thing" if len(problems) == 1 else f"are still {len(problems)} things"
            raise NotReady(f"There {count} to mend before this workflow can run.", problems)

    def _kept(self, record: WorkflowRecord) -> VersionRecord:
        with self._database.write() as session:
            return rows.version(self._of_draft(session, record))

    def _published(self, session: Session, record: WorkflowRecord, note: str, user_id: str | None) -> Version:
        version = self._of_draft(session, record)
        if version.number is None:
            highest = session.scalar(select(func.max(Version.number)).where(Version.workflow_id == record.id))
            version.number, version.note, version.published_by = (highest or 0) + 1, note, user_id
        rows.change(session, record.id, self._clock(), live_version_id=version.id)
        return version

    def _of_draft(self, session: Session, record: WorkflowRecord) -> Version:
        """The version that holds the draft as it is now, made if there is none."""
        known = session.scalars(_versions(record.id).where(Version.draft_revision == record.draft_revision)).first()
        if known is not None:
            return known
        version = Version(
            id=new_id(),
            workflow_id=record.id,
            draft_revision=record.draft_revision,
            definition=record.draft,
            note="",
            created_at=self._clock(),
        )
        session.add(version)
        session.flush()
        return version


def _versions(workflow_id: str) -> Select[Version]:
    return select(Version).where(Version.workflow_id == workflow_id)
