"""What can go wrong in the connector kit.

KitError                       base of all; str() is plain English for the user
├── ExpressionError            something about `{{ … }}`
│   ├── ExpressionSyntaxError  cannot be read; `column` says where (1 = first character)
│   ├── MissingValue           names a value that is not there; `name` is its dotted path
│   └── UnusableValue          the value is there but the filter or comparison cannot use it
├── InputInvalid               the input of an operation does not fit its schema; `problems` list every field
├── OperationFailed            the service, the network or the log-in failed; `failure` says how
├── WebhookRefused             an incoming request is not what it claims to be; nothing of it may be used
├── WebhookUnreadable          an incoming request is genuine, but its body cannot be read
├── EgressRefused              the address lies in a network that Stepline must not call
├── UnknownConnector           no connector has this key
├── UnknownOperation           no operation has this id
└── CheckFailed                connector folders have mistakes; `problems` list all of them

    try:
        result = await caller.execute(operation, input, credentials, idempotency_key=key)
    except InputInvalid as error:
        ...  # error.problems: show beside the fields
    except OperationFailed as error:
        ...  # error.failure.kind decides: retry, hold or fail
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from connectors._kit.exchange import Exchange


class FailureKind(StrEnum):
    """What a failed call means for the run."""

    AUTH = "auth"
    """The log-in is not accepted (any more): somebody must reconnect. Repeating does not help."""
    CONFIG = "config"
    """Set up wrongly: permission, address, missing feature. Repeating does not help."""
    RATE_LIMITED = "rate_limited"
    """Not done because too much was asked; repeat after `retry_after`."""
    TRANSIENT = "transient"
    """Not done, or safe to do again; repeating may help."""
    REJECTED = "rejected"
    """The service refused this input. Repeating the same does not help."""
    UNCERTAIN = "uncertain"
    """A write that must not be doubled may or may not have happened."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One classified failure. `message` is for the user, `detail` (redacted) for the log.

    `status` is the HTTP status if there was an answer; `retry_after` is in seconds; `remedy` says what to do next.
    """

    kind: FailureKind
    message: str
    detail: str = ""
    status: int | None = None
    retry_after: float | None = None
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "kind": str(self.kind)}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend: `file` it stands in ("" for an operation's input), JSON `pointer`, plain-English `message`."""

    file: str
    pointer: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}#{self.pointer}" if self.file else self.pointer
        return f"{place}: {self.message}" if place else self.message


class KitError(Exception):
    """Base of every error of the connector kit."""


class ExpressionError(KitError):
    """Base of everything about `{{ … }}`. `pointer` leads to the text inside the template's lists and groups."""

    pointer: str = ""


class ExpressionSyntaxError(ExpressionError):
    """Raised when a template is compiled and cannot be understood. `column` counts from 1."""

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message if column is None else f"{message} (at character {column})")
        self.column = column


class MissingValue(ExpressionError):
    """Raised when a template is rendered and a value that it names is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no value at “{name}”. Choose another field, or add | default('') to make it optional."
        )
        self.name = name


class UnusableValue(ExpressionError):
    """Raised when a filter or a comparison gets a value that it cannot work with."""


class InputInvalid(KitError):
    """Raised before anything is sent, when the input does not fit. `problems` has one entry for each field."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.message for problem in self.problems))


class OperationFailed(KitError):
    """Raised when an operation was tried and failed. `exchanges` are redacted and may be stored."""

    def __init__(self, failure: Failure, exchanges: Sequence[Exchange] = ()) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.exchanges = tuple(exchanges)


class WebhookRefused(KitError):
    """Raised for an incoming webhook with a missing, wrong or too old signature."""


class WebhookUnreadable(KitError):
    """Raised for an incoming webhook that proves where it comes from, but holds no event that can be read."""


class EgressRefused(KitError):
    """Raised instead of connecting to a private or reserved address that is not on the allow list."""


class UnknownConnector(KitError):
    """Raised when a key names no connector."""

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no connector “{key}”.")
        self.key = key


class UnknownOperation(KitError):
    """Raised when an id names no operation."""

    def __init__(self, id: str) -> None:
        super().__init__(f"There is no operation “{id}”.")
        self.id = id


class CheckFailed(KitError):
    """Raised when connector folders cannot be loaded. `problems` lists everything found, in all folders."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
