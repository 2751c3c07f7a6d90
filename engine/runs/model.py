"""Runs as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engine.events import EventRecord

STATUSES = ("queued", "running", "waiting", "held", "succeeded", "failed", "filtered", "cancelled")
DECISION = "decision"
"""Where a stored failure of a try keeps what a person said about it."""
FINISHED = ("succeeded", "failed", "filtered", "cancelled")


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One row of a list of runs."""

    id: str
    workflow_id: str
    workflow_name: str
    version_id: str
    version_number: int | None
    """None: a test of a draft."""
    event_id: str
    subject: str
    """Whom the event is about, as far as it tells."""
    mode: str
    """live | test | dry"""
    status: str
    """One of STATUSES."""
    reason: str
    step_path: str | None
    """Where it stands or stopped."""
    error: Mapping[str, Any] | None
    wake_at: datetime | None
    recoveries: int
    replay_of: str | None
    """The run that this one repeats."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def finished(self) -> bool:
        return self.status in FINISHED

    @property
    def seconds(self) -> float | None:
        """From the first step to the end; None while it is not finished."""
        return _seconds(self.started_at or self.created_at, self.finished_at)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said about a try whose run was held."""

    answer: Literal["done", "retry"]
    by: str
    """The person's name, as it was then."""
    at: datetime

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Decision:
        return cls(kept["answer"], kept["by"], datetime.fromisoformat(kept["at"]))

    def as_dict(self) -> dict[str, str]:
        """As JSON keeps it."""
        return {"answer": self.answer, "by": self.by, "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class AttemptDetail:
    number: int
    status: str
    """started | succeeded | failed | uncertain"""
    exchanges: Sequence[Mapping[str, Any]]
    """HTTP requests with their answers, secrets removed (see the connector kit's Exchange)."""
    error: Mapping[str, Any] | None
    decision: Decision | None
    started_at: datetime
    finished_at: datetime | None

    @property
    def seconds(self) -> float | None:
        return _seconds(self.started_at, self.finished_at)


@dataclass(frozen=True, slots=True)
class StepRunDetail:
    """One step in one run; steps inside branches and loops have a path of several parts."""

    path: str
    key: str
    title: str
    depth: int
    """How many branches and loops it stands in."""
    iteration: int | None
    """Of the innermost loop around it, from 0."""
    kind: str
    operation: str | None
    status: str
    """running | succeeded | failed | skipped | uncertain"""
    input: Any
    output: Any
    error: Mapping[str, Any] | None
    wake_at: datetime | None
    started_at: datetime
    finished_at: datetime | None
    attempts: Sequence[AttemptDetail]

    @property
    def seconds(self) -> float | None:
        return _seconds(self.started_at, self.finished_at)


@dataclass(frozen=True, slots=True)
class RunDetail:
    """Everything about one run. `steps` are in the order in which the run came to them."""

    run: RunSummary
    event: EventRecord
    definition: Mapping[str, Any]
    """Of the version that ran."""
    steps: Sequence[StepRunDetail]


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if end else None
