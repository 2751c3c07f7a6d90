"""When a trigger that runs by the clock starts next, in words and in its own time zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors._kit.errors import InputInvalid, UnusableValue
from connectors._kit.intervals import zone_of
from connectors._kit.registry import Registry
from connectors._kit.schema import compile_schema

SHOWN = 5


@dataclass(frozen=True, slots=True)
class NextStarts:
    """`times` as a person reads them, in `zone`; none while the fields are not filled in as they should be."""

    times: Sequence[str]
    zone: str


def next_starts(registry: Registry, trigger: Mapping[str, Any], now: datetime) -> NextStarts | None:
    """None for a trigger that does not run by the clock."""
    operation = registry.find(trigger["operation"])
    if operation is None or operation.timing != "scheduled":
        return None
    try:
        input: Mapping[str, Any] = compile_schema(operation.input_schema).accept(trigger.get("input", {}))
        place = zone_of(input)
        times = registry.next_times(operation, input, after=now, count=SHOWN)
    except (InputInvalid, UnusableValue):
        return NextStarts((), "")
    return NextStarts([f"{time.astimezone(place):%A, %-d %B %Y, %H:%M}" for time in times], str(place))
