"""When schedules fall due. Pure: the same question always has the same answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from cronsim import CronSim, CronSimError

from connectors._kit.errors import UnusableValue
from connectors._kit.intervals import interval_times, zone_of


def next_times(operation_key: str, input: Mapping[str, Any], after: datetime, count: int) -> list[datetime]:
    """The next `count` times strictly after `after`, in UTC, ascending.

    Times of day are kept when clocks change: a time that the change skips falls due right after it, a time that
    comes twice falls due once. Raises UnusableValue for an expression, unit or time zone that is not one.
    """
    times = _cron(input, after) if operation_key == "cron" else interval_times(input, after)
    return list(islice(times, count))


def _cron(input: Mapping[str, Any], after: datetime) -> Iterator[datetime]:
    expression, place = str(input.get("cron", "")), zone_of(input)
    if len(expression.split()) != 5:
        raise UnusableValue(f"“{expression}” is not a cron expression: it needs five fields, such as 30 8 * * MON-FRI.")
    try:
        simulation = CronSim(expression, after.astimezone(place))
    except CronSimError as error:
        raise UnusableValue(f"“{expression}” is not a cron expression: {error}.") from None
    return (moment.astimezone(UTC) for moment in simulation)
