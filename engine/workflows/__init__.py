"""Workflows: what people call them and whether they are switched on; their draft and its published versions."""

from engine.workflows.model import VersionRecord, WorkflowRecord
from engine.workflows.service import Workflows
from engine.workflows.versions import Versions

__all__ = ["VersionRecord", "Versions", "WorkflowRecord", "Workflows"]
