"""When schedules fall due, also when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from connectors._kit.errors import UnusableValue
from connectors._kit.registry import Registry
from connectors.schedule.operations import next_times

AFTER = datetime(2026, 3, 2, 9, 7, 30, tzinfo=UTC)  # a Monday


def times(key: str, after: datetime = AFTER, count: int = 3, **input: Any) -> list[str]:
    found = next_times(key, input, after, count)
    assert all(moment.tzinfo is UTC and moment > after for moment in found)
    return [f"{moment:%m-%d %H:%M}" for moment in found]


@pytest.mark.parametrize(
    ("input", "expected"),
    [
        ({"every": 15, "unit": "minutes"}, ["03-02 09:15", "03-02 09:30", "03-02 09:45"]),
        ({"every": 1, "unit": "hours"}, ["03-02 10:00", "03-02 11:00", "03-02 12:00"]),
        ({"every": 6, "unit": "hours"}, ["03-02 12:00", "03-02 18:00", "03-03 00:00"]),
        ({"every": 1, "unit": "days"}, ["03-03 00:00", "03-04 00:00", "03-05 00:00"]),
        ({"every": 1, "unit": "days", "at": "09:30"}, ["03-02 09:30", "03-03 09:30", "03-04 09:30"]),
        ({"every": 1, "unit": "days", "at": "09:00", "timezone": "America/New_York"},
         ["03-02 14:00", "03-03 14:00", "03-04 14:00"]),
        ({"every": 1, "unit": "weeks", "weekday": "Friday", "at": "08:00"},
         ["03-06 08:00", "03-13 08:00", "03-20 08:00"]),
        ({"every": 1, "unit": "weeks"}, ["03-09 00:00", "03-16 00:00", "03-23 00:00"]),
    ],
)  # fmt: skip
def test_interval(input: dict[str, Any], expected: list[str]) -> None:
    assert times("interval", **input) == expected


@pytest.mark.parametrize(("every", "unit", "days"), [(3, "days", 3), (2, "weeks", 14)])
def test_distance_does_not_depend_on_when_it_is_asked(every: int, unit: str, days: int) -> None:
    whole = next_times("interval", {"every": every, "unit": unit}, AFTER, 5)

    assert [(later - earlier).days for earlier, later in pairwise(whole)] == [days] * 4
    assert next_times("interval", {"every": every, "unit": unit}, whole[1], 3) == whole[2:]


def test_time_of_day_is_kept_when_clocks_change() -> None:
    spring = datetime(2026, 3, 27, 12, tzinfo=UTC)
    daily: dict[str, Any] = {"every": 1, "unit": "days", "at": "09:00", "timezone": "Europe/Stockholm"}

    assert times("interval", spring, **daily) == ["03-28 08:00", "03-29 07:00", "03-30 07:00"]
    assert times("cron", spring, cron="0 9 * * *", timezone="Europe/Stockholm") == [
        "03-28 08:00",
        "03-29 07:00",
        "03-30 07:00",
    ]


def test_skipped_time_falls_due_right_after_the_gap_and_only_once() -> None:
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    at_half_past_two = {"every": 1, "unit": "days", "at": "02:30", "timezone": "Europe/Stockholm"}

    assert times("interval", spring, 2, **at_half_past_two) == ["03-29 01:30", "03-30 00:30"]
    assert times("cron", spring, 2, cron="30 2 * * *", timezone="Europe/Stockholm")[1] == "03-30 00:30"


def test_time_that_comes_twice_falls_due_once() -> None:
    autumn = datetime(2026, 10, 24, 12, tzinfo=UTC)
    at_half_past_two = {"every": 1, "unit": "days", "at": "02:30", "timezone": "Europe/Stockholm"}

    assert times("interval", autumn, 2, **at_half_past_two) == ["10-25 00:30", "10-26 01:30"]
    assert times("cron", autumn, 2, cron="30 2 * * *", timezone="Europe/Stockholm") == ["10-25 00:30", "10-26 01:30"]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("*/20 * * * *", ["03-02 09:20", "03-02 09:40", "03-02 10:00"]),
        ("30 8 * * MON-FRI", ["03-03 08:30", "03-04 08:30", "03-05 08:30"]),
        ("0 0 1 * *", ["04-01 00:00", "05-01 00:00", "06-01 00:00"]),
        ("0 12 L * *", ["03-31 12:00", "04-30 12:00", "05-31 12:00"]),
    ],
)
def test_cron(cron: str, expected: list[str]) -> None:
    assert times("cron", cron=cron) == expected


@pytest.mark.parametrize(
    ("key", "input", "words"),
    [
        ("cron", {"cron": "every day"}, "five fields"),
        ("cron", {"cron": "* * * * * *"}, "five fields"),
        ("cron", {"cron": "61 * * * *"}, "Bad minute"),
        ("cron", {"cron": "0 0 31 2 *"}, "Bad day-of-month"),
        ("cron", {}, "five fields"),
        ("cron", {"cron": "0 9 * * *", "timezone": "Europe/Atlantis"}, "not a time zone"),
        ("interval", {"every": 0, "unit": "hours"}, "whole number from 1"),
        ("interval", {"every": "2", "unit": "hours"}, "whole number from 1"),
        ("interval", {"every": 1, "unit": "moons"}, "not a unit"),
        ("interval", {"every": 1, "unit": "days", "at": "9 o'clock"}, "not a time of day"),
        ("interval", {"every": 1, "unit": "weeks", "weekday": "Someday"}, "not a day of the week"),
    ],
)
def test_input_that_names_no_times_is_refused(key: str, input: dict[str, Any], words: str) -> None:
    with pytest.raises(UnusableValue, match=words):
        next_times(key, input, AFTER, 1)


def test_engine_asks_through_the_registry() -> None:
    registry = Registry.load()
    operation = registry.operation("schedule.times.interval")

    assert registry.next_times(operation, {"every": 1, "unit": "hours"}, after=AFTER) == [
        datetime(2026, 3, 2, 10, tzinfo=UTC)
    ]
