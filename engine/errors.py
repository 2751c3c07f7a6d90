"""What can go wrong in the engine.

EngineError                    two texts: message (for the user), detail (for the log)
├── NotFound                   no such workflow, run, connection …
├── Conflict                   somebody else changed it first; reload and try again
├── Invalid                    bad input; `problems` name the place and the remedy
│   └── NotReady               a workflow that cannot be switched on yet
├── Refused                    not allowed in this state (cancel a finished run …)
├── StorageUnavailable         the database cannot be reached or written to
│   └── Unstorable             it can, but never this: sending it again does not help
├── Overloaded                 more work than can be stored in time; the caller may retry later
├── LeaseLost                  another runner owns the run now; nothing was written
└── VaultError
    ├── WrongKey               the key file does not belong to this database
    └── Undecryptable          one stored secret cannot be read with any key of the ring
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


class EngineError(Exception):
    """Base of all. `message` is plain English for the user; `detail` goes to the log, already redacted."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class NotFound(EngineError):
    """Raised when an id names nothing."""


class Conflict(EngineError):
    """Raised when the thing changed since it was read (stale revision, name taken)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `pointer` is a JSON pointer into the definition; `step` the step's key, if any."""

    message: str
    pointer: str = ""
    step: str | None = None
    field: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Invalid(EngineError):
    """Raised when input cannot be accepted; every problem is listed at once."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, "; ".join(f"{p.pointer}: {p.message}" for p in problems))
        self.problems = tuple(problems)


class NotReady(Invalid):
    """Raised when a workflow cannot be published or switched on until its problems are mended."""


class Refused(EngineError):
    """Raised when the state of the thing forbids what was asked."""


class StorageUnavailable(EngineError):
    """Raised when the database did not take a write. Nothing of that write was stored."""


class Unstorable(StorageUnavailable):
    """Raised when something is of a kind that the database never takes, such as data nested hundreds of levels."""


class Overloaded(EngineError):
    """Raised when the queue of writes is full. `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LeaseLost(EngineError):
    """Raised when a runner writes for a run that it no longer owns. Nothing was written."""


class VaultError(EngineError):
    """Base of everything about encryption keys."""


class WrongKey(VaultError):
    """Raised at start when the key ring does not belong to the database."""


class Undecryptable(VaultError):
    """Raised when one stored secret cannot be decrypted by any key of the ring."""
