"""What to do after a failure. Pure policy: no clock, no storage, no I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from connectors._kit.errors import Failure, FailureKind
from engine.definition.model import Retry

GROWTH = 3.0
JITTER = 0.2
RATE_LIMIT_PATIENCE = 4
"""A rate limit is nobody's fault: such a step may be tried this many times as often."""


@dataclass(frozen=True, slots=True)
class RetryAt:
    when: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A person has to act first."""

    reason: Literal["auth", "uncertain"]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Trying again would not help, or has been tried often enough."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Go on without the step's result, as its author chose."""


Decision = RetryAt | Hold | GiveUp | Skip


def decide(
    failure: Failure,
    attempts: int,
    policy: Retry,
    *,
    now: datetime,
    random: Callable[[], float],
    on_uncertain: Literal["hold", "retry", "skip"] = "hold",
) -> Decision:
    """The next move after try number `attempts` failed. `random` yields 0 ≤ x < 1 and spreads the retries."""
    match failure.kind:
        case FailureKind.AUTH:
            return Hold("auth")
        case FailureKind.CONFIG | FailureKind.REJECTED:
            return GiveUp()
        case FailureKind.UNCERTAIN if on_uncertain == "hold":
            return Hold("uncertain")
        case FailureKind.UNCERTAIN if on_uncertain == "skip":
            return Skip()
    patience = RATE_LIMIT_PATIENCE if failure.kind is FailureKind.RATE_LIMITED else 1
    if attempts >= policy.attempts * patience:
        return GiveUp()
    return RetryAt(now + timedelta(seconds=_delay(failure, attempts, policy, random)))


def _delay(failure: Failure, attempts: int, policy: Retry, random: Callable[[], float]) -> float:
    """Exponential with jitter; what the service asked for (Retry-After) is a lower bound."""
    backoff: float = min(policy.first_delay * GROWTH ** min(attempts - 1, 30), policy.max_delay)
    jittered = backoff * (1 + JITTER * (2 * random() - 1))
    return max(jittered, failure.retry_after or 0.0)
