"""Workflows as people list them: named, filed, handed over, switched on and off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Text, cast, delete, func, or_, select

from engine.clock import Clock
from engine.errors import Invalid, NotFound, Problem
from engine.ids import new_id
from engine.plans import Plans
from engine.storage.database import Database
from engine.storage.tables import Workflow
from engine.triggers.subscriptions import Subscriptions
from engine.workflows import rows
from engine.workflows.model import WorkflowRecord
from engine.workflows.versions import Versions

EMPTY_DEFINITION: Mapping[str, Any] = {"trigger": {"operation": "webhook.hooks.received"}, "steps": []}


class Workflows:
    """Every method is one transaction and may be called from any thread."""

    def __init__(
        self, database: Database, versions: Versions, subscriptions: Subscriptions, plans: Plans, clock: Clock
    ) -> None:
        self._database = database
        self._versions = versions
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
        query = rows.WORKFLOWS.order_by(func.lower(Workflow.name), Workflow.id)
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
            found = [rows.workflow(workflow, version) for workflow, version in session.execute(query)]
        return [record for record in found if tag is None or tag in record.tags]

    def get(self, workflow_id: str) -> WorkflowRecord:
        """Raises NotFound."""
        with self._database.read() as session:
            return rows.get(session, workflow_id)

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
            return rows.get(session, workflow.id)

    def rename(self, workflow_id: str, name: str, description: str) -> WorkflowRecord:
        with self._database.write() as session:
            rows.change(session, workflow_id, self._clock(), name=_valid_name(name), description=description.strip())
            record = rows.get(session, workflow_id)
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

    def enable(self, workflow_id: str, *, user_id: str | None = None) -> WorkflowRecord:
        """Switch on; publishes the draft when nothing is live yet. Raises NotReady."""
        record = self.get(workflow_id)
        self._versions.check_live(record)
        with self._database.write() as session:
            version = self._versions.live(session, record, user_id)
            self._subscriptions.put(session, workflow_id, version.id, version.definition)
            rows.change(session, workflow_id, self._clock(), enabled=True)
            enabled = rows.get(session, workflow_id)
        self._subscriptions.changed()
        return enabled

    def disable(self, workflow_id: str) -> WorkflowRecord:
        """Switch off: new events start nothing; runs under way go on."""
        with self._database.write() as session:
            self._subscriptions.remove(session, workflow_id)
            rows.change(session, workflow_id, self._clock(), enabled=False)
            disabled = rows.get(session, workflow_id)
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


def _valid_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Invalid("A workflow needs a name.", [Problem("Enter a name.", "/name", field="name")])
    if len(name) > 200:
        raise Invalid("The name is too long.", [Problem("Use at most 200 characters.", "/name", field="name")])
    return name
