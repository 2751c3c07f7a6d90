"""What a step says about the run after it: go on, stop here, wait, hold for a person, or fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class GoOn:
    """The step is done; the next one may run."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing more to do in this body (a filter did not match). Not a failure."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Come back at `until`; no runner is occupied meanwhile."""

    path: str
    until: datetime
    reason: str
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A person has to act before the run can go on."""

    path: str
    reason: str
    error: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fail:
    path: str
    reason: str
    error: dict[str, Any]


Verdict = GoOn | Stop | Wait | Hold | Fail

GO_ON = GoOn()
