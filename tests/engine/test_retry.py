"""The retry policy, decision by decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from connectors._kit.errors import Failure, FailureKind
from engine.definition.model import Retry
from engine.retry import Decision, GiveUp, Hold, RetryAt, Skip, decide

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICY = Retry(attempts=3, first_delay=10, max_delay=60)


def decision(
    kind: FailureKind,
    attempts: int = 1,
    *,
    random: float = 0.5,
    policy: Retry = POLICY,
    retry_after: float | None = None,
    on_uncertain: Literal["hold", "retry", "skip"] = "hold",
) -> Decision:
    failure = Failure(kind, "…", retry_after=retry_after)
    return decide(failure, attempts, policy, now=NOW, random=lambda: random, on_uncertain=on_uncertain)


def seconds(made: object) -> float:
    assert isinstance(made, RetryAt)
    return (made.when - NOW).total_seconds()


def test_delay_grows_threefold_up_to_the_longest() -> None:
    policy = Retry(attempts=9, first_delay=10, max_delay=60)

    delays = [seconds(decision(FailureKind.TRANSIENT, n, policy=policy)) for n in (1, 2, 3, 4)]

    assert delays == [10, 30, 60, 60]


@pytest.mark.parametrize(("random", "expected"), [(0.0, 8.0), (0.999999, 12.0)])
def test_jitter_stays_within_a_fifth(random: float, expected: float) -> None:
    assert seconds(decision(FailureKind.TRANSIENT, random=random)) == pytest.approx(expected, rel=1e-3)


def test_retry_after_is_the_least_wait() -> None:
    assert seconds(decision(FailureKind.RATE_LIMITED, retry_after=120)) == 120
    assert seconds(decision(FailureKind.RATE_LIMITED, retry_after=1)) == 10


def test_gives_up_after_the_last_attempt() -> None:
    assert isinstance(decision(FailureKind.TRANSIENT, 2), RetryAt)
    assert decision(FailureKind.TRANSIENT, 3) == GiveUp()


def test_rate_limits_are_waited_out_longer_than_other_failures() -> None:
    assert isinstance(decision(FailureKind.RATE_LIMITED, 11), RetryAt)
    assert decision(FailureKind.RATE_LIMITED, 12) == GiveUp()


@pytest.mark.parametrize("kind", [FailureKind.CONFIG, FailureKind.REJECTED])
def test_never_repeats_what_cannot_succeed(kind: FailureKind) -> None:
    assert decision(kind) == GiveUp()


def test_refused_login_holds_for_a_person() -> None:
    assert decision(FailureKind.AUTH) == Hold("auth")


def test_uncertain_write_does_what_the_step_says() -> None:
    assert decision(FailureKind.UNCERTAIN) == Hold("uncertain")
    assert decision(FailureKind.UNCERTAIN, on_uncertain="skip") == Skip()
    assert seconds(decision(FailureKind.UNCERTAIN, on_uncertain="retry")) == 10
    assert decision(FailureKind.UNCERTAIN, 3, on_uncertain="retry") == GiveUp()


def test_long_delays_do_not_overflow() -> None:
    made = decision(FailureKind.TRANSIENT, 40, policy=Retry(attempts=50, first_delay=86_400, max_delay=86_400))

    assert isinstance(made, RetryAt)
    assert made.when - NOW <= timedelta(days=1.2)
