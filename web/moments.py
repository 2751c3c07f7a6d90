"""Times and durations in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def ago(moment: datetime, now: datetime) -> str:
    """`3 minutes ago`, `in 2 hours`, `12 Mar`, `12 Mar 2024`."""
    seconds = (now - moment).total_seconds()
    size = abs(seconds)
    if size < 10:
        return "just now" if seconds >= 0 else "in a moment"
    if size >= 7 * 86400:
        style = "%-d %b" if moment.year == now.year else "%-d %b %Y"
        return moment.strftime(style)
    each, unit = _unit(size)
    count = int(size // each) if seconds > 0 else round(size / each)  # a wait of two days is not “in 1 day” at once
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def due(moment: datetime, now: datetime) -> str:
    """As `ago`; what should have happened already does so `in a moment`."""
    return ago(max(moment, now + timedelta(seconds=1)), now)


def _unit(seconds: float) -> tuple[int, str]:
    """The largest that fits in, with its length in seconds."""
    units = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    return next((unit for unit in units if seconds >= unit[0]), units[-1])


def span(seconds: int) -> str:
    """`10 seconds`, `1 day`; in the largest unit, and only in that."""
    size, unit = _unit(seconds)
    number = seconds // size
    return f"{number} {unit}{'' if number == 1 else 's'}"


def exact(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%-d %B %Y, %H:%M:%S UTC")


def duration(length: timedelta | float | None) -> str:
    """`84 ms`, `2.1 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`; a number is seconds."""
    if length is None:
        return "–"
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {name}" if rest else "")
    return f"{whole} s"
