"""Rows of the tables as records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.storage.tables import Version, Workflow
from engine.workflows.model import VersionRecord, WorkflowRecord

WORKFLOWS = select(Workflow, Version).outerjoin(Version, Version.id == Workflow.live_version_id)
"""Each workflow with its live version."""


def get(session: Session, workflow_id: str) -> WorkflowRecord:
    """Raises NotFound."""
    query = WORKFLOWS.where(Workflow.id == workflow_id).execution_options(populate_existing=True)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("This workflow no longer exists.", workflow_id)
    return workflow(row[0], row[1])


def change(session: Session, workflow_id: str, now: datetime, **values: Any) -> None:
    """Raises NotFound."""
    statement = update(Workflow).where(Workflow.id == workflow_id).values(**values, updated_at=now)
    if session.execute(statement.returning(Workflow.id)).first() is None:
        raise NotFound("This workflow no longer exists.", workflow_id)


def workflow(row: Workflow, live: Version | None) -> WorkflowRecord:
    return WorkflowRecord(
        id=row.id,
        name=row.name,
        description=row.description,
        enabled=row.enabled,
        draft=row.draft,
        draft_revision=row.draft_revision,
        live_version_id=row.live_version_id,
        live_number=live.number if live else None,
        draft_is_live=live is not None and live.draft_revision == row.draft_revision,
        recipe=row.recipe,
        folder_id=row.folder_id,
        tags=tuple(row.tags),
        owner_id=row.owner_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def version(row: Version) -> VersionRecord:
    return VersionRecord(
        row.id,
        row.workflow_id,
        row.number,
        row.definition,
        row.note,
        row.created_at,
        row.published_by,
    )
