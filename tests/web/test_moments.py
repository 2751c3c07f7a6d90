"""Times and durations in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from web.moments import ago, due, duration

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=42), "42 seconds ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=30), "31 Jan"),
        (timedelta(days=300), "6 May 2025"),
        (timedelta(hours=-2), "in 2 hours"),
        (timedelta(seconds=-4), "in a moment"),
        (timedelta(seconds=1) - timedelta(days=2), "in 2 days"),
        (timedelta(hours=-36, minutes=-1), "in 2 days"),
        (timedelta(seconds=-80), "in 1 minute"),
    ],
)
def test_moments_read_as_a_person_would_say_them(past: timedelta, words: str) -> None:
    assert ago(NOW - past, NOW) == words


def test_what_is_overdue_is_still_to_come() -> None:
    assert due(NOW - timedelta(minutes=3), NOW) == "in a moment"
    assert due(NOW + timedelta(minutes=3), NOW) == "in 3 minutes"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (None, "–"),
        (0.084, "84 ms"),
        (2.13, "2.1 s"),
        (timedelta(minutes=3, seconds=5), "3 min 5 s"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_durations_show_two_units_at_most(length: timedelta | float | None, words: str) -> None:
    assert duration(length) == words
