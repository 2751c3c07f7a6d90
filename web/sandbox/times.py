"""The ways the vendors write a moment."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """`2026-11-23T09:30:00.000Z`, as GoHighLevel writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def plain(moment: datetime) -> str:
    """`2026-11-23 09:30:00`, as Mailercloud writes it; the sandbox account's time zone is UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def parse_moment(text: str) -> datetime | None:
    """The moment an ISO 8601 text names, in UTC; None when it names none. A missing zone means UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
