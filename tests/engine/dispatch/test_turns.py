"""More runs than fit at once: each gets its turn as soon as there is room."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import func, select, text

from engine.dispatch.leases import is_due
from engine.storage.tables import Run
from tests.support.engine import Harness

PUT = {"key": "put", "kind": "action", "operation": "app.things.put"}


async def test_run_without_room_starts_when_another_ends(engine: Harness) -> None:
    engine.concurrency, engine.claims = 1, True
    await engine.crash()
    await engine.restart()
    leave, both_done = asyncio.Event(), asyncio.Event()

    async def first_waits(_: Any) -> None:
        await leave.wait() if engine.calls.count("app.things.put") == 1 else both_done.set()

    engine.calls.scripts["app.things.put"] = first_waits
    target = engine.workflow(PUT)

    await engine.accept(target)
    second = await engine.accept(target)
    queued = engine.row(second.run_ids[0]).status
    leave.set()

    async with asyncio.timeout(10):
        await both_done.wait()
    assert queued == "queued"


async def test_many_more_runs_than_fit_all_finish(engine: Harness) -> None:
    engine.concurrency, engine.claims = 3, True
    await engine.crash()
    await engine.restart()
    target = engine.workflow(PUT)

    await asyncio.gather(*(engine.accept(target) for _ in range(40)))
    async with asyncio.timeout(20):
        while _open(engine):
            await engine.dispatcher.idle()
            await asyncio.sleep(0.01)

    assert engine.calls.count("app.things.put") == 40


def _open(engine: Harness) -> int:
    with engine.database.read() as session:
        return session.scalar(select(func.count()).where(Run.status != "succeeded")) or 0


async def test_runs_that_sleep_are_not_read_to_find_those_that_are_due(engine: Harness) -> None:
    """Ten thousand contacts who wait for their second mail must not slow down everybody else."""
    looked = select(Run.id).where(is_due(engine.clock())).limit(1)
    with engine.database.read() as session:
        if engine.database.dialect != "sqlite":
            return
        statement = looked.compile(engine.database.engine, compile_kwargs={"literal_binds": True})
        plan = " ".join(str(row) for row in session.execute(text(f"EXPLAIN QUERY PLAN {statement}")))

    assert "ix_run_wake_at" in plan
    assert "SCAN" not in plan
