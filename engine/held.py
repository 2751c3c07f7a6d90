"""Runs that wait for a person: which they are, and how they go on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from engine.runs.model import DECISION, Decision
from engine.storage.tables import Attempt, Run


def requeue_held(session: Session, *run_ids: str) -> int:
    """Let these held runs go on from where they stand. Returns how many were still held."""
    if not run_ids:
        return 0
    result = session.execute(
        update(Run)
        .where(Run.id.in_(run_ids), Run.status == "held")
        .values(status="queued", reason="", error=None, recoveries=0)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101  an UPDATE always yields one
    return result.rowcount


def note_decision(session: Session, run_id: str, path: str, decision: Decision) -> None:
    """Keep what a person said with the failure that it is about: that of the step's last try."""
    tries = select(Attempt).where(Attempt.run_id == run_id, Attempt.path == path)
    last = session.scalars(tries.order_by(Attempt.number.desc()).limit(1)).one_or_none()
    if last is not None and last.error is not None:
        last.error = {**last.error, DECISION: decision.as_dict()}


def release_for_connection(session: Session, connection_id: str) -> int:
    """Requeue the runs that are held because this connection's login was refused: it works again."""
    held = session.execute(select(Run.id, Run.error).where(Run.status == "held")).all()
    return requeue_held(session, *(run_id for run_id, error in held if _waits_for(error, connection_id)))


def _waits_for(error: dict[str, Any] | None, connection_id: str) -> bool:
    return error is not None and error.get("kind") == "auth" and error.get("connection") == connection_id
