"""What is known of a workflow and of its versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


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
