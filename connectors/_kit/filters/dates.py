"""Filters for dates and times. A date without a zone is taken as UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors._kit.errors import UnusableValue
from connectors._kit.filters.base import Example, FilterGroup
from connectors._kit.values import shown

DATES = FilterGroup("date")

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_UNITS = (*_SECONDS, "month", "year")


def read_date(value: Any, pattern: str | None = None) -> datetime:
    """A time with its zone from ISO text, unix seconds or milliseconds, or text in `pattern`; raises UnusableValue."""
    moment: datetime
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    elif pattern:
        moment = _with_pattern(str(value), pattern)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        moment = _from_unix(value)
    elif isinstance(value, str):
        moment = _from_text(value.strip())
    else:
        raise UnusableValue(f"{shown(value)} is not a date.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _from_unix(value: float) -> datetime:
    seconds = value / 1000 if abs(value) >= 1e11 else value
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise UnusableValue(f"{shown(value)} is not a date.") from None


def _from_text(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if text.isascii() and text.lstrip("-").isdigit():
        return _from_unix(int(text))
    hint = "Say how it is written, as in date('D MMM YYYY', from_pattern='DD/MM/YYYY')."
    raise UnusableValue(f"{shown(text)} is not a date that can be read without doubt. {hint}")


def _with_pattern(text: str, pattern: str) -> datetime:
    import arrow  # only needed where patterns are

    try:
        return arrow.get(text, pattern).datetime
    except (arrow.parser.ParserError, ValueError):
        raise UnusableValue(f"{shown(text)} is not a date written as {shown(pattern)}.") from None


def zone(name: str) -> ZoneInfo:
    """Raises UnusableValue for an unknown name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnusableValue(f"{shown(name)} is not a time zone. Write it as in Europe/Paris.") from None


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def _unit(unit: str) -> str:
    singular = unit.strip().lower().removesuffix("s")
    if singular not in _UNITS:
        raise UnusableValue(f"{shown(unit)} is not a unit of time. Use {', '.join(u + 's' for u in _UNITS)}.")
    return singular


@DATES.add(
    "Format a date",
    "Writes a date: D day, MMM month, YYYY year, HH:mm time, dddd weekday. A time zone and a language may follow.",
    Example("{{ due | date('D MMM YYYY HH:mm') }}", {"due": "2026-03-01T09:30:00Z"}, "1 Mar 2026 09:30"),
)
def date_(
    value: Any,
    pattern: str = "YYYY-MM-DD",
    timezone: str | None = None,
    locale: str = "en",
    from_pattern: str | None = None,
) -> str:
    from arrow import locales  # only needed where patterns are
    from arrow.formatter import DateTimeFormatter

    moment = read_date(value, from_pattern)
    if timezone:
        moment = moment.astimezone(zone(timezone))
    try:
        locales.get_locale(locale)
    except ValueError:
        raise UnusableValue(f"{shown(locale)} is not a language code such as en or de.") from None
    return str(DateTimeFormatter(locale).format(moment, pattern))


@DATES.add(
    "Add time",
    "Moves a date forward (or back, with a minus): seconds, minutes, hours, days, weeks, months, years.",
    Example("{{ start | date_add(2, 'days') }}", {"start": "2026-02-27T10:00:00Z"}, "2026-03-01T10:00:00Z"),
)
def date_add(value: Any, amount: Any, unit: str = "days") -> str:
    kind = _unit(unit)
    count = int(amount)
    moment = read_date(value)
    if kind in ("month", "year"):
        moved = _add_months(moment, count * (12 if kind == "year" else 1))
    elif kind in ("day", "week"):
        moved = moment + timedelta(days=count * (7 if kind == "week" else 1))  # same time of day across DST
    else:
        moved = (moment.astimezone(UTC) + timedelta(seconds=count * _SECONDS[kind])).astimezone(moment.tzinfo)
    moved = moved.astimezone(UTC).astimezone(moved.tzinfo)  # a time that a clock change skips moves behind it
    date_only = isinstance(value, str) and len(value.strip()) == 10 and kind not in ("second", "minute", "hour")
    return moved.date().isoformat() if date_only else _iso(moved)


def _add_months(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or the month's last day where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


@DATES.add(
    "Time between",
    "How many whole seconds, minutes, hours, days or weeks lie between a date and a later one.",
    Example("{{ start | date_diff(end, 'days') }}", {"start": "2026-03-01", "end": "2026-03-15"}, 14),
)
def date_diff(value: Any, until: Any, unit: str = "days") -> int:
    kind = _unit(unit)
    if kind not in _SECONDS:
        raise UnusableValue("The time between two dates is counted in weeks, days, hours, minutes or seconds.")
    return int((read_date(until) - read_date(value)).total_seconds() / _SECONDS[kind])


@DATES.add(
    "In a time zone",
    "The same moment as a clock in that time zone shows it.",
    Example("{{ due | timezone('Asia/Kolkata') }}", {"due": "2026-03-01T09:30:00Z"}, "2026-03-01T15:00:00+05:30"),
)
def timezone(value: Any, name: str) -> str:
    return _iso(read_date(value).astimezone(zone(name)))
