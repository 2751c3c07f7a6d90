"""Regular times: every so many minutes, hours, days or weeks. Pure: the same question always has the same answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from connectors._kit.errors import UnusableValue
from connectors._kit.filters.dates import zone

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY = datetime(1970, 1, 5).date()
_MINUTES = {"minutes": 1, "hours": 60}


def interval_times(input: Mapping[str, Any], after: datetime) -> Iterator[datetime]:
    """Times strictly after `after`, in UTC, ascending, without end.

    `input`: every, unit (minutes, hours, days, weeks), and for days and weeks at (09:00), weekday and timezone.
    Raises UnusableValue for a unit, time or time zone that is not one.
    """
    every, unit = input.get("every", 1), input.get("unit", "hours")
    if not isinstance(every, int) or every < 1:
        raise UnusableValue(f"“{every}” is not a distance in time: it must be a whole number from 1 upwards.")
    if unit in _MINUTES:
        return _steps(timedelta(minutes=every * _MINUTES[unit]), after)
    if unit not in ("days", "weeks"):
        raise UnusableValue(f"“{unit}” is not a unit: choose minutes, hours, days or weeks.")
    return _days(
        every * (7 if unit == "weeks" else 1), _weekday(input, unit), _time_of_day(input), zone_of(input), after
    )


def _steps(step: timedelta, after: datetime) -> Iterator[datetime]:
    """Multiples of `step` since 1970 in UTC, so that every process and every restart agrees on them."""
    passed = (after - _EPOCH) // step
    moment = _EPOCH + step * (passed + 1)
    while True:
        yield moment
        moment += step


def _days(every: int, weekday: int, at: time, place: tzinfo, after: datetime) -> Iterator[datetime]:
    """Each `every`-th day, counted from a Monday in 1970 (moved to `weekday`), at a time of day."""
    start = _MONDAY + timedelta(days=weekday)
    day = start + timedelta(days=((after.astimezone(place).date() - start).days // every) * every)
    while True:
        moment = datetime.combine(day, at, place).astimezone(UTC)
        if moment > after:
            yield moment
        day += timedelta(days=every)


def _time_of_day(input: Mapping[str, Any]) -> time:
    text = str(input.get("at") or "00:00")
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise UnusableValue(f"“{text}” is not a time of day such as 09:00.") from None


def _weekday(input: Mapping[str, Any], unit: str) -> int:
    name = input.get("weekday")
    if unit != "weeks" or not name:
        return 0
    if name not in _WEEKDAYS:
        raise UnusableValue(f"“{name}” is not a day of the week.")
    return _WEEKDAYS.index(name)


def zone_of(input: Mapping[str, Any]) -> tzinfo:
    """The input's time zone, or UTC."""
    return zone(str(input.get("timezone") or "UTC"))
