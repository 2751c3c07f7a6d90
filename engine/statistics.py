"""Figures about runs for the home page and the lists: how many, how well, how fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any

from sqlalchemy import func, literal_column, select, union_all

from engine.clock import Clock
from engine.ids import first_id
from engine.storage.database import Database
from engine.storage.tables import Run

MEASURED = 1_000
"""Durations are taken from this many of the newest finished runs."""
ENDED = ("succeeded", "filtered", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many runs began in one stretch of time, by what became of them so far."""

    start: datetime
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Overview:
    """`success_rate` is 0 to 1 over the runs that ended well or failed; durations are in seconds. None = no data."""

    buckets: Sequence[Bucket]
    success_rate: float | None
    p50: float | None
    p95: float | None


class Statistics:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def overview(
        self, span: timedelta = timedelta(days=1), buckets: int = 24, *, until: datetime | None = None
    ) -> Overview:
        """The last `span`, up to now or to `until`, in `buckets` equal stretches; test runs are left out."""
        start = (until or self._clock()) - span
        rows = self._counts(start, span / buckets, buckets, False)
        found = [Bucket(start + index * span / buckets, rows.get(("", index), {})) for index in range(buckets)]
        well = sum(bucket.counts.get("succeeded", 0) + bucket.counts.get("filtered", 0) for bucket in found)
        failed = sum(bucket.counts.get("failed", 0) for bucket in found)
        p50, p95 = self._durations(start)
        return Overview(found, well / (well + failed) if well + failed else None, p50, p95)

    def by_workflow(
        self, workflow_ids: Sequence[str], span: timedelta = timedelta(days=14), buckets: int = 14
    ) -> Mapping[str, Sequence[Bucket]]:
        """For a small chart beside each workflow."""
        now = self._clock()
        rows = self._counts(now - span, span / buckets, buckets, True)
        return {
            workflow_id: [
                Bucket(now - span + index * span / buckets, rows.get((workflow_id, index), {}))
                for index in range(buckets)
            ]
            for workflow_id in workflow_ids
        }

    def _counts(
        self, start: datetime, width: timedelta, buckets: int, each_workflow: bool
    ) -> dict[tuple[str, int], dict[str, int]]:
        """(workflow id or "" for all, number of the stretch) → status → count.

        Ids begin with their time, so each stretch is a range of the primary key; asked for in one statement.
        """
        group = [Run.status] if not each_workflow else [Run.workflow_id, Run.status]  # in this order it is faster
        stretches = []
        for index in range(buckets):
            within = Run.id >= first_id(start + index * width), Run.id < first_id(start + (index + 1) * width)
            query: Any = select(literal_column(str(index)), func.count(), *group).where(*within, Run.mode == "live")
            stretches.append(query.group_by(*group))
        found: dict[tuple[str, int], dict[str, int]] = {}
        with self._database.read() as session:
            for index, count, *workflow, status in session.execute(union_all(*stretches)):
                place = (str(workflow[0]) if workflow else "", index)
                found.setdefault(place, {})[status] = count
        return found

    def _durations(self, since: datetime) -> tuple[float | None, float | None]:
        """Median and 95th percentile of the newest runs that succeeded, in seconds."""
        query = (
            select(Run.started_at, Run.finished_at)
            .where(Run.status == "succeeded", Run.id >= first_id(since))
            .order_by(Run.id.desc())
            .limit(MEASURED)
        )
        with self._database.read() as session:
            lasted = [
                (finished - started).total_seconds()
                for started, finished in session.execute(query)
                if started and finished
            ]
        if not lasted:
            return None, None
        if len(lasted) == 1:
            return lasted[0], lasted[0]
        cuts = quantiles(lasted, n=20, method="inclusive")
        return cuts[9], cuts[18]
