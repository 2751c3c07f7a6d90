"""Bars stand where they should, and say the same in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.statistics import Bucket
from web.charts import nice_top, sparkline, stacked

HOUR = timedelta(hours=1)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(("highest", "top"), [(0, 2), (1, 2), (3, 4), (10, 10), (11, 12), (101, 120), (850, 1000)])
def test_scale_ends_at_a_round_even_number(highest: int, top: int) -> None:
    assert nice_top(highest) == top


def test_bars_are_stacked_with_what_wants_attention_on_top() -> None:
    buckets = [Bucket(NINE, {"succeeded": 6, "failed": 2, "queued": 1, "running": 1}), Bucket(NINE + HOUR, {})]

    chart = stacked(buckets, HOUR)

    first, second = chart.columns
    assert [(part.key, part.y, part.height) for part in first.parts] == [
        ("succeeded", 40, 60),
        ("moving", 20, 20),
        ("failed", 0, 20),
    ]
    assert first.amounts == {"Succeeded": 6, "Under way": 2, "Failed": 2}
    assert (first.start, first.end, first.x, first.width) == (NINE, NINE + HOUR, 0, 50)
    assert (second.parts, second.total, second.x) == ([], 0, 50)
    assert chart.total == 10
    assert [series.key for series, _ in chart.series] == ["succeeded", "moving", "failed"]


def test_sparkline_is_as_high_as_its_busiest_day() -> None:
    line = sparkline([Bucket(NINE, {"succeeded": 4}), Bucket(NINE, {"failed": 1, "succeeded": 1}), Bucket(NINE, {})])

    assert line.bars == [(100, 0), (50, 25), (0, 0)]
    assert (line.total, line.failed) == (6, 1)
