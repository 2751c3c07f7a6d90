"""Runs that share a rate limit: they wait without occupying anybody, in order, in one process and in two."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from connectors._kit.errors import FailureKind, OperationFailed
from connectors._kit.loader import BUILT_IN
from connectors._kit.registry import Registry
from engine.assembly import Stepline, open_stepline
from engine.ids import new_id
from engine.intake import NewEvent, Target
from engine.settings import Settings
from engine.storage.tables import Attempt, Budget, Event, Run, StepRun, Subscription
from tests.support.clock import SettableClock, Sleeper
from tests.support.connector_folder import action, fields, write_folder

LIMITS: dict[str, Any] = {
    "rate_limits": [{"requests": 10, "seconds": 10}, {"requests": 100_000, "seconds": 86_400}],
    "rate_limit_key": "{{ connection.region }}",
    "rate_headers": [{"seconds": 10, "remaining": "X-Left", "limit": "X-Max"}],
}
SEND = {"key": "send", "kind": "action", "operation": "shop.orders.create", "input": {"item": "{{ trigger.item }}"}}
LIST = {
    "kind": "search",
    "title": "List orders",
    "description": "All orders.",
    "sample": {"items": []},
    "input_schema": fields(),
    "request": {"method": "GET", "path": "/orders"},
    "paging": {"kind": "page", "page": "query.page", "size": "query.size", "page_size": 1, "items": "{{ response }}"},
}
POLL = {
    "kind": "trigger",
    "title": "New order",
    "description": "Starts for each new order.",
    "sample": {"id": 1},
    "trigger": {
        "mode": "poll",
        "interval_seconds": 60,
        "request": {"method": "GET", "path": "/orders"},
        "items": "{{ response }}",
        "key": "{{ item.id }}",
        "output": "{{ item }}",
    },
}

Answer = Callable[[httpx.Request], httpx.Response]


class Shop:
    """The service: remembers when it was asked for what."""

    def __init__(self, clock: SettableClock) -> None:
        self._clock = clock
        self.answer: Answer = lambda _: httpx.Response(200, json={"id": 1})
        self.asked: list[tuple[datetime, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        self.asked.append((self._clock(), (body or {}).get("item")))
        return self.answer(request)

    def items(self) -> list[str]:
        return [item for _, item in self.asked if item is not None]

    def in_order(self) -> bool:
        """Whether nobody was served before somebody who had asked earlier, but for neighbours within one tick."""
        times = [at for at, _ in sorted(self.asked, key=lambda one: one[1])]
        latest = accumulate(times, max)
        return all(so_far - at <= timedelta(seconds=0.5) for at, so_far in zip(times, latest, strict=True))

    def most_within(self, seconds: float) -> int:
        """The largest number of requests in any window of this length."""
        times = [at for at, _ in self.asked]
        span = timedelta(seconds=seconds)
        return max(sum(1 for at in times if last - span < at <= last) for last in times)


class Together:
    """Any number of processes on one database, with one clock."""

    def __init__(self, tmp_path: Path, database_url: str, clock: SettableClock, **manifest: Any) -> None:
        self.clock = clock
        self.shop = Shop(clock)
        self.sleeper = Sleeper(clock)
        operations = {"orders/create": action(), "orders/list": LIST, "orders/new": POLL}
        folder = write_folder(tmp_path / "connectors-of-test", operations, manifest={**LIMITS, **manifest})
        self._registry = Registry.load([BUILT_IN / "webhook", folder])
        self._settings = Settings.load(data_dir=tmp_path, database_url=database_url)
        self.processes: list[Stepline] = []

    async def open(self) -> Stepline:
        opened = open_stepline(
            self._settings,
            http=httpx.AsyncClient(transport=httpx.MockTransport(self.shop)),
            registry=self._registry,
            clock=self.clock,
            sleep=self.sleeper,
            claims=False,
        )
        opened.journal.start()
        await opened.dispatcher.start()
        self.processes.append(opened)
        return opened

    async def close(self) -> None:
        for process in self.processes:
            await process.stop()

    @property
    def first(self) -> Stepline:
        return self.processes[0]

    def connection(self, region: str = "eu") -> str:
        return self.first.connections.create("shop", "token", f"Shop {region}", {"token": "t", "region": region}).id

    def target(self, *steps: dict[str, Any]) -> Target:
        workflows = self.first.workflows
        made = workflows.create("Order", {"trigger": {"operation": "webhook.hooks.received"}, "steps": list(steps)})
        return Target(made.id, workflows.enable(made.id).live_version_id or "")

    async def accept(self, process: Stepline, target: Target, count: int, start: int = 0) -> None:
        for number in range(start, start + count):
            event = NewEvent("api", new_id(), {"item": f"{number:04}"})
            await process.intake.accept(event, [target])

    async def quiet(self) -> None:
        """Return when every run in hand sleeps or has ended."""
        async with asyncio.timeout(30):
            while True:  # other threads do the work, and nobody tells when it is done
                if sum(process.dispatcher.in_hand for process in self.processes) <= self.sleeper.sleeping:
                    return
                await asyncio.sleep(0)

    async def pass_time(self, seconds: float) -> None:
        """Move the clock in the dispatchers' ticks; everybody does what is due."""
        end = self.clock() + timedelta(seconds=seconds)
        while self.clock() < end:
            tick = min(end, self.clock() + timedelta(seconds=0.5))
            while self.sleeper.next_at is not None and self.sleeper.next_at <= tick:
                self.clock.now = max(self.sleeper.next_at, self.clock.now)
                self.sleeper.wake()
                await self.quiet()
            self.clock.now = tick
            for process in self.processes:
                await process.dispatcher.claim_due()
            await self.quiet()

    def statuses(self) -> dict[str, int]:
        query = select(Run.status, func.count()).group_by(Run.status)
        with self.first.database.read() as session:
            return dict(session.execute(query).all())

    def poll(self) -> Subscription:
        """The only polling trigger there is."""
        with self.first.database.read() as session:
            return session.scalars(select(Subscription).where(Subscription.mode == "poll")).one()

    def rows(self, table: type[Any]) -> list[Any]:
        with self.first.database.read() as session:
            return list(session.scalars(select(table)))


Open = Callable[..., Any]


@pytest.fixture
def together(tmp_path: Path, database_url: str, clock: SettableClock) -> Open:
    @asynccontextmanager
    async def open_them(count: int = 1, **manifest: Any) -> AsyncIterator[Together]:
        made = Together(tmp_path, database_url, clock, **manifest)
        for _ in range(count):
            await made.open()
        yield made
        await made.close()

    return open_them


@pytest.fixture
def postgres_together(tmp_path: Path, postgres: Any, clock: SettableClock) -> Open:
    @asynccontextmanager
    async def open_them(count: int) -> AsyncIterator[Together]:
        url = postgres.create()
        made = Together(tmp_path, url, clock)
        for _ in range(count):
            await made.open()
        yield made
        await made.close()
        postgres.drop(url)

    return open_them


async def test_hundreds_of_runs_keep_the_limit_and_their_order_and_none_is_lost(together: Open) -> None:
    async with together(rate_limits=[{"requests": 40, "seconds": 10}], rate_headers=[]) as engine:
        target = engine.target({**SEND, "connection": engine.connection()})

        await engine.accept(engine.first, target, 200)
        await engine.quiet()

        assert len(engine.shop.asked) == 40
        assert engine.statuses() == {"succeeded": 40, "waiting": 160}
        await engine.pass_time(55)
        assert engine.statuses() == {"succeeded": 200}
        assert engine.shop.most_within(10) <= 40
        assert engine.shop.in_order()
        assert len(engine.shop.items()) == 200
        assert {step.attempts for step in engine.rows(StepRun)} == {1}
        assert len(engine.rows(Attempt)) == 200


async def test_waiting_run_says_for_what_and_until_when(together: Open) -> None:
    async with together() as engine:
        target = engine.target({**SEND, "connection": engine.connection()})
        await engine.accept(engine.first, target, 11)
        await engine.quiet()

        (run,) = [run for run in engine.rows(Run) if run.status == "waiting"]

        assert "waits for the rate limit of Shop eu until" in run.reason
        assert run.wake_at is not None
        assert timedelta(seconds=9) < run.wake_at - engine.clock() < timedelta(seconds=11)
        assert (run.lease_owner, run.error) == (None, None)


async def test_newcomers_go_behind_those_who_wait(together: Open) -> None:
    async with together() as engine:
        target = engine.target({**SEND, "connection": engine.connection()})
        await engine.accept(engine.first, target, 40)
        await engine.pass_time(12)

        await engine.accept(engine.first, target, 10, start=40)
        await engine.pass_time(60)

        assert engine.statuses() == {"succeeded": 50}
        assert engine.shop.in_order()


async def test_connections_with_the_same_key_share_and_others_do_not(together: Open) -> None:
    async with together() as engine:
        first, second, other = engine.connection(), engine.connection(), engine.connection("us")
        for connection in (first, second, other):
            await engine.accept(engine.first, engine.target({**SEND, "connection": connection}), 10)
        await engine.quiet()

        assert engine.statuses() == {"succeeded": 20, "waiting": 10}
        assert len(engine.rows(Budget)) == 2


async def test_two_processes_keep_the_limit_together(postgres_together: Open) -> None:
    async with postgres_together(2) as engine:
        target = engine.target({**SEND, "connection": engine.connection()})
        one, two = engine.processes

        await asyncio.gather(engine.accept(one, target, 40), engine.accept(two, target, 40, start=40))
        await engine.quiet()
        assert len(engine.shop.asked) == 10
        await engine.pass_time(85)

        assert engine.statuses() == {"succeeded": 80}
        assert sorted(engine.shop.items()) == [f"{number:04}" for number in range(80)]
        assert engine.shop.most_within(10) <= 10


async def test_refusal_by_the_service_pauses_everybody_for_as_long_as_it_asked(together: Open) -> None:
    async with together() as engine:
        target = engine.target({**SEND, "connection": engine.connection()})
        engine.shop.answer = lambda _: httpx.Response(429, headers={"Retry-After": "60"})
        await engine.accept(engine.first, target, 1)
        await engine.quiet()
        engine.shop.answer = lambda _: httpx.Response(200, json={})

        await engine.accept(engine.first, target, 5, start=1)
        await engine.pass_time(59)

        assert len(engine.shop.asked) == 1
        await engine.pass_time(10)
        assert engine.statuses() == {"succeeded": 6}


async def test_refusal_without_a_time_pauses_for_one_round(together: Open) -> None:
    async with together() as engine:
        target = engine.target({**SEND, "connection": engine.connection()})
        engine.shop.answer = lambda _: httpx.Response(429)
        await engine.accept(engine.first, target, 1)
        await engine.quiet()
        engine.shop.answer = lambda _: httpx.Response(200, json={})

        await engine.accept(engine.first, target, 1, start=1)
        await engine.pass_time(9)
        assert len(engine.shop.asked) == 1

        await engine.pass_time(5)
        assert engine.statuses() == {"succeeded": 2}


async def test_headers_of_the_service_leave_less_than_its_manifest(together: Open) -> None:
    async with together() as engine:
        target = engine.target({**SEND, "connection": engine.connection()})
        engine.shop.answer = lambda _: httpx.Response(200, json={}, headers={"X-Left": "2", "X-Max": "5"})
        await engine.accept(engine.first, target, 1)
        await engine.quiet()

        await engine.accept(engine.first, target, 9, start=1)
        await engine.quiet()

        assert len(engine.shop.asked) == 3


async def test_what_was_sent_counts_after_a_restart(together: Open) -> None:
    async with together() as engine:
        target = engine.target({**SEND, "connection": engine.connection()})
        await engine.accept(engine.first, target, 15)
        await engine.quiet()
        await engine.processes.pop().stop()
        await engine.open()

        await engine.pass_time(5)
        assert len(engine.shop.asked) == 10

        await engine.pass_time(20)
        assert engine.statuses() == {"succeeded": 15}
        assert engine.shop.most_within(10) <= 10


def page(number: int) -> list[int]:
    return [number] if number < 14 else []


async def test_every_page_of_a_list_counts(together: Open) -> None:
    async with together() as engine:
        step = {"key": "list", "kind": "search", "operation": "shop.orders.list", "connection": engine.connection()}
        engine.shop.answer = lambda request: httpx.Response(200, json=page(int(request.url.params["page"])))
        await engine.accept(engine.first, engine.target(step), 1)
        await engine.quiet()

        assert len(engine.shop.asked) == 10
        await engine.pass_time(11)

        assert len(engine.shop.asked) == 14
        assert engine.statuses() == {"succeeded": 1}


async def test_polls_take_their_turn_and_are_not_failures_while_they_wait(together: Open) -> None:
    async with together() as engine:
        connection = engine.connection()
        await engine.accept(engine.first, engine.target({**SEND, "connection": connection}), 12)
        await engine.quiet()
        trigger = {"operation": "shop.orders.new", "connection": connection}
        definition = {"trigger": trigger, "steps": [{**SEND, "connection": connection}]}
        engine.first.workflows.enable(engine.first.workflows.create("Poll", definition).id)
        engine.shop.answer = lambda request: httpx.Response(200, json=[{"id": 7}] if request.method == "GET" else {})

        await engine.first.due_triggers.check_now()
        poll = engine.poll()
        assert (len(engine.shop.asked), poll.failures, poll.primed, poll.last_error) == (10, 0, False, None)
        assert poll.due_at > engine.clock()

        engine.clock.now = poll.due_at + timedelta(seconds=1)
        await engine.first.due_triggers.check_now()
        poll = engine.poll()
        assert poll.primed


async def test_somebody_who_waits_at_a_screen_is_told_instead_of_kept(together: Open) -> None:
    async with together(rate_limits=[{"requests": 1, "seconds": 3_600}], rate_headers=[]) as engine:
        connection = engine.first.connections.credentials(engine.connection())
        operation = engine.first.registry.operation("shop.orders.create")
        await engine.first.caller.execute(operation, {}, connection, idempotency_key="1")

        with pytest.raises(OperationFailed) as refused:
            await engine.first.caller.execute(operation, {}, connection, idempotency_key="2")

        assert refused.value.failure.kind == FailureKind.RATE_LIMITED
        assert refused.value.failure.retry_after is not None
        assert len(engine.shop.asked) == 1


async def test_dry_run_of_a_write_takes_no_turn(together: Open) -> None:
    async with together() as engine:
        target = engine.target({**SEND, "connection": engine.connection()})
        for number in range(20):
            await engine.first.intake.accept(NewEvent("api", new_id(), {"item": str(number)}), [target], mode="dry")
        await engine.quiet()

        assert engine.statuses() == {"succeeded": 20}
        assert engine.rows(Budget) == []


async def test_without_limits_or_connection_there_is_no_lane_and_nothing_is_stored(together: Open) -> None:
    async with together(rate_limits=[], rate_headers=[]) as engine:
        credentials = engine.first.connections.credentials(engine.connection())
        assert engine.first.budget.lane(credentials) is None
        assert engine.first.budget.lane(None) is None

        await engine.accept(engine.first, engine.target({**SEND, "connection": credentials.id}), 30)
        await engine.quiet()

        assert engine.statuses() == {"succeeded": 30}
        assert engine.rows(Budget) == []
        assert len(engine.rows(Event)) == 30
