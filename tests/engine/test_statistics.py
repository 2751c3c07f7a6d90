"""Figures for the home page, counted from runs at known times."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert

from engine.ids import first_id, new_id
from engine.storage.tables import Event, Run
from tests.support.product import Product


def add(product: Product, workflow: str, at: datetime, status: str, lasted: float = 1.0, mode: str = "live") -> None:
    """A run that began at this time."""
    run_id = first_id(at)[:12] + new_id()[12:]
    version = product.stepline.versions.list(workflow)[0].id
    event = {"id": run_id, "dedupe": run_id, "source": "api", "status": "accepted", "payload": {}, "created_at": at}
    run = {
        "id": run_id,
        "workflow_id": workflow,
        "version_id": version,
        "event_id": run_id,
        "mode": mode,
        "status": status,
        "created_at": at,
        "started_at": at,
        "finished_at": at + timedelta(seconds=lasted),
    }
    with product.stepline.database.write() as session:
        session.execute(insert(Event).values(event))
        session.execute(insert(Run).values(run))


def workflow(product: Product) -> str:
    return product.workflow({"key": "only", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]})


async def test_no_runs_have_no_rate_and_no_durations(product: Product) -> None:
    overview = product.stepline.statistics.overview()

    assert len(overview.buckets) == 24
    assert (overview.success_rate, overview.p50, overview.p95) == (None, None, None)


async def test_runs_are_counted_by_hour_and_state(product: Product) -> None:
    welcome, now = workflow(product), product.clock()
    for minutes, status in (
        (5, "succeeded"),
        (10, "failed"),
        (125, "succeeded"),
        (130, "filtered"),
        (60 * 30, "failed"),
    ):
        add(product, welcome, now - timedelta(minutes=minutes), status)
    add(product, welcome, now - timedelta(minutes=5), "failed", mode="test")

    overview = product.stepline.statistics.overview()

    assert overview.buckets[-1].counts == {"succeeded": 1, "failed": 1}
    assert overview.buckets[-3].counts == {"succeeded": 1, "filtered": 1}
    assert sum(bucket.total for bucket in overview.buckets) == 4
    assert overview.success_rate == 0.75


async def test_durations_are_the_median_and_the_slow_end(product: Product) -> None:
    welcome, now = workflow(product), product.clock()
    for seconds in range(1, 102):
        add(product, welcome, now - timedelta(minutes=3), "succeeded", lasted=seconds)

    overview = product.stepline.statistics.overview()

    assert (overview.p50, overview.p95) == (51, 96)


async def test_each_workflow_has_its_own_figures(product: Product) -> None:
    first, second = workflow(product), workflow(product)
    add(product, first, product.clock() - timedelta(hours=1), "succeeded")
    add(product, second, product.clock() - timedelta(days=2, hours=1), "failed")

    figures = product.stepline.statistics.by_workflow([first, second])

    assert figures[first][-1].counts == {"succeeded": 1}
    assert figures[second][-3].counts == {"failed": 1}
    assert sum(bucket.total for bucket in figures[first]) == 1
