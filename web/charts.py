"""Figures as pictures: where the bars of a chart stand. Drawn by components/chart.html, without any script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.statistics import Bucket


@dataclass(frozen=True, slots=True)
class Series:
    """States that share a colour."""

    key: str
    label: str
    statuses: tuple[str, ...]


SERIES = (
    Series("succeeded", "Succeeded", ("succeeded",)),
    Series("filtered", "Filtered", ("filtered",)),
    Series("cancelled", "Cancelled", ("cancelled",)),
    Series("moving", "Under way", ("queued", "running")),
    Series("waiting", "Waiting", ("waiting",)),
    Series("held", "Held", ("held",)),
    Series("failed", "Failed", ("failed",)),
)
"""From the bottom of a bar to its top: what wants attention is on top."""


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of a bar; `y` and `height` in percent of the chart's height, from the top."""

    key: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One stretch of time; `x` and `width` in percent of the chart's width. `amounts` by the series' labels."""

    start: datetime
    end: datetime
    x: float
    width: float
    parts: Sequence[Part]
    amounts: Mapping[str, int]
    total: int


@dataclass(frozen=True, slots=True)
class Chart:
    columns: Sequence[Column]
    lines: Sequence[tuple[int, float]]
    """(value, height in percent from the top) of the lines behind the bars."""
    series: Sequence[tuple[Series, int]]
    """Those with runs, with how many there are in all."""
    total: int
    labelled_every: int
    """So many columns share one label below."""
    by_day: bool
    """The columns are days, not hours."""


def stacked(buckets: Sequence[Bucket], width: timedelta, *, labels: int = 6) -> Chart:
    """A bar for each bucket, each `width` long."""
    top = nice_top(max((bucket.total for bucket in buckets), default=0))
    across = 100 / max(1, len(buckets))
    columns = [_column(bucket, width, index * across, across, top) for index, bucket in enumerate(buckets)]
    sums = [(series, sum(_amount(bucket, series) for bucket in buckets)) for series in SERIES]
    return Chart(
        columns=columns,
        lines=[(top, 0.0), (top // 2, 50.0)],
        series=[(series, count) for series, count in sums if count],
        total=sum(bucket.total for bucket in buckets),
        labelled_every=max(1, len(buckets) // labels),
        by_day=width >= timedelta(days=1),
    )


def nice_top(highest: int) -> int:
    """The round, even number that the scale ends at."""
    if highest <= 10:
        return max(2, highest + highest % 2)
    size = 10
    while True:
        for step in (10, 12, 16, 20, 24, 30, 40, 50, 60, 80):
            if step * size // 10 >= highest:
                return step * size // 10
        size *= 10


def _column(bucket: Bucket, width: timedelta, x: float, across: float, top: int) -> Column:
    parts: list[Part] = []
    y = 100.0
    for series in SERIES:
        if amount := _amount(bucket, series):
            height = 100 * amount / top
            y -= height
            parts.append(Part(series.key, y, height))
    amounts = {series.label: amount for series in SERIES if (amount := _amount(bucket, series))}
    return Column(bucket.start, bucket.start + width, x, across, parts, amounts, bucket.total)


def _amount(bucket: Bucket, series: Series) -> int:
    return sum(bucket.counts.get(status, 0) for status in series.statuses)


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Small bars, oldest first: (height, height of the failed part), both 0 to 100."""

    bars: Sequence[tuple[float, float]]
    total: int
    failed: int


def sparkline(buckets: Sequence[Bucket]) -> Sparkline:
    highest = max((bucket.total for bucket in buckets), default=0) or 1
    failed = [bucket.counts.get("failed", 0) for bucket in buckets]
    bars = [(100 * bucket.total / highest, 100 * bad / highest) for bucket, bad in zip(buckets, failed, strict=True)]
    return Sparkline(bars, sum(bucket.total for bucket in buckets), sum(failed))
