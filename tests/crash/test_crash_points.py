"""One run, and a process that dies at each of its commits: just before it is stored, or just after."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.intake import Target
from engine.storage.database import Database
from engine.storage.journal import Journal, Write
from engine.storage.tables import Run
from tests.support.clock import SettableClock
from tests.support.engine import Harness

EVENT, BEFORE_THE_WRITE, AFTER_THE_WRITE, END = range(4)
"""The commits of a run of the steps below, in their order."""


def step(key: str, operation: str) -> dict[str, Any]:
    return {"key": key, "kind": "action", "operation": f"app.things.{operation}", "input": {"step": key}}


STEPS = (step("shape", "shape"), step("first", "put"), step("add", "add"), step("second", "put"))
"""Pure, a write that may be repeated, one that may not, and again one that may."""


class DyingJournal(Journal):
    """Takes the whole process with it at one of its writes: from then on nobody hears anything any more."""

    dies_at = -1
    stores_it = False

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.dead = asyncio.Event()
        self._written = 0

    async def write(self, write: Write[Any], *, sheddable: bool = False) -> Any:
        if self._written == self.dies_at:
            if self.stores_it:
                await super().write(write, sheddable=sheddable)
            self.dead.set()
        if self.dead.is_set():
            await asyncio.Event().wait()
        self._written += 1
        return await super().write(write, sheddable=sheddable)


@pytest.fixture
async def engine(database: Database, clock: SettableClock) -> AsyncIterator[Harness]:
    harness = Harness(database, clock)
    harness.new_journal = DyingJournal
    await harness.restart()
    yield harness
    await harness.stop()


async def die(engine: Harness, target: Target, commit: int, *, stored: bool) -> None:
    """Send an event, let the process die at this commit of its run, and start a new process."""
    journal = engine.journal
    assert isinstance(journal, DyingJournal)
    journal.dies_at, journal.stores_it = commit, stored
    sender = asyncio.create_task(engine.accept(target, dedupe="once"))
    async with asyncio.timeout(10):
        await journal.dead.wait()
    await engine.crash()
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)
    engine.new_journal = Journal
    await engine.restart()


async def send_again(engine: Harness, target: Target) -> Run:
    """What the sender does that got no answer; then everything goes as far as it can."""
    again = await engine.accept(target, dedupe="once")
    await engine.dispatcher.idle()
    [run] = engine.runs(again.event_id)
    return await engine.later(run, seconds=61)


@pytest.mark.parametrize(
    ("commit", "stored", "status", "calls"),
    [
        (EVENT, False, "succeeded", {"first": 1, "add": 1, "second": 1}),
        (EVENT, True, "succeeded", {"first": 1, "add": 1, "second": 1}),
        (BEFORE_THE_WRITE, False, "succeeded", {"first": 2, "add": 1, "second": 1}),
        (BEFORE_THE_WRITE, True, "held", {"first": 1}),
        (AFTER_THE_WRITE, False, "held", {"first": 1, "add": 1}),
        (AFTER_THE_WRITE, True, "succeeded", {"first": 1, "add": 1, "second": 1}),
        (END, False, "succeeded", {"first": 1, "add": 1, "second": 2}),
        (END, True, "succeeded", {"first": 1, "add": 1, "second": 1}),
    ],
)
async def test_process_that_dies_at_a_commit_keeps_its_promise(
    engine: Harness, commit: int, stored: bool, status: str, calls: dict[str, int]
) -> None:
    target = engine.workflow(*STEPS)

    await die(engine, target, commit, stored=stored)
    run = await send_again(engine, target)

    assert run.status == status
    made = Counter(given["step"] for operation, given in engine.calls.made if operation != "app.things.shape")
    assert made == calls


async def test_undisturbed_run_makes_just_these_commits(engine: Harness) -> None:
    journal = engine.journal
    assert isinstance(journal, DyingJournal)

    run = await engine.run(engine.workflow(*STEPS))

    assert run.status == "succeeded"
    assert journal._written == END + 1
