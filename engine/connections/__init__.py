"""Connections: stored credentials of one account each, tested, used by workflows."""

from engine.connections.model import ConnectionRecord, TestOutcome, Use
from engine.connections.service import Connections

__all__ = ["ConnectionRecord", "Connections", "TestOutcome", "Use"]
