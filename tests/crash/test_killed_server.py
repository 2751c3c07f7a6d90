"""A server is killed again and again in the middle of its work. Nothing it promised may be lost or done twice."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from engine.assembly import open_stepline
from engine.settings import Settings
from tests.crash import evidence
from tests.crash.senders import Answers, Sent, send_all
from tests.support.server import ServerProcess, helper_process

KILLS = 5
EVENTS = {"pure": 900, "put": 600, "post": 500}
AT_ONCE = 24
SINK_THINKS = "0.02"

FILTER: dict[str, Any] = {
    "key": "has_email",
    "kind": "filter",
    "match": "all",
    "rules": [{"left": "{{ trigger.email }}", "test": "is_not_empty", "right": ""}],
}
SHAPE: dict[str, Any] = {
    "key": "shape",
    "kind": "action",
    "operation": "formatter.text.change_case",
    "input": {"text": "{{ trigger.email }}", "case": "upper"},
}


def call(key: str, method: str, sink: str) -> dict[str, Any]:
    """`put` may be repeated, `post` may not."""
    body = {"step": key, "number": "{{ trigger.number }}"}
    operation = f"http_request.requests.{method}"
    return {"key": key, "kind": "action", "operation": operation, "input": {"url": sink, "body": body}}


@dataclass(frozen=True)
class World:
    server: ServerProcess
    sink: str
    urls: dict[str, str]
    workflows: dict[str, str]
    """Names by workflow id."""

    @property
    def database(self) -> Path:
        return self.server.data_dir / "stepline.db"

    async def received(self) -> Counter[tuple[str, int]]:
        """How often the sink was called by which step for which event."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.sink}_received") as answer:
            bodies = [json.loads(body) for body in json.loads(await answer.read())]
        return Counter((body["step"], body["number"]) for body in bodies)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A running server with three switched-on workflows, and the service that two of them call."""
    with helper_process("tests.support.sink", "--delay", SINK_THINKS) as (port, _):
        sink = f"http://127.0.0.1:{port}/"
        steps = {
            "pure": [FILTER, SHAPE],
            "put": [call("first", "put", sink), SHAPE, call("second", "put", sink)],
            "post": [FILTER, call("only", "post", sink)],
        }
        server = ServerProcess(tmp_path, egress_allow="127.0.0.1")
        stepline = open_stepline(Settings(data_dir=tmp_path), working=False)
        urls, workflows = {}, {}
        for name, body in steps.items():
            trigger = {"operation": "webhook.hooks.received", "input": {}}
            workflow = stepline.workflows.create(name, {"trigger": trigger, "steps": body})
            stepline.workflows.enable(workflow.id)
            urls[name] = server.url + stepline.hooks.for_workflow(workflow.id).path
            workflows[workflow.id] = name
        stepline.close()
        server.start()
        server.wait_until_listening()
        yield World(server, sink, urls, workflows)
        server.kill()


async def test_killed_server_keeps_every_promise(world: World) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # shown when it fails
    chance = random.Random(seed)
    events = [Sent(f"{name}-{n}", world.urls[name], n) for name, count in EVENTS.items() for n in range(count)]
    chance.shuffle(events)
    answers = Answers()

    sending = asyncio.create_task(send_all(events, answers, at_once=AT_ONCE, between=_a_moment))
    for threshold in sorted(chance.sample(range(50, len(events) - 50), KILLS)):
        await answers.reached(threshold)
        await asyncio.sleep(chance.uniform(0, 0.05))
        world.server.kill()
        world.server.start()
    await sending
    await asyncio.to_thread(evidence.wait_until_settled, world.database)

    runs = evidence.stored(world.database)
    print(f"{answers.unanswered} sent again, {len(answers.repeated)} of them known already;", end=" ")
    print(f"{sum(run.recoveries for run in runs)} runs interrupted, {sum(run.status == 'held' for run in runs)} held")
    _every_event_is_there_once(events, answers, runs)
    _every_run_is_finished_or_held(world, runs)
    _no_call_was_made_twice_in_silence(world, runs, await world.received())
    assert answers.unanswered > 0, "no event was on its way when the server was killed"
    assert any(run.recoveries for run in runs), "no run was under way when the server was killed"
    assert evidence.integrity(world.database) == "ok"


async def test_stopped_server_loses_nothing_and_leaves_nothing_uncertain(world: World) -> None:
    events = [Sent(f"{name}-{n}", world.urls[name], n) for n in range(150) for name in EVENTS]
    answers = Answers()

    sending = asyncio.create_task(send_all(events, answers, at_once=AT_ONCE, between=_a_moment))
    for threshold in (100, 250):
        await answers.reached(threshold)
        code = await asyncio.to_thread(world.server.stop)
        assert code == 0
        world.server.start()
    await sending
    await asyncio.to_thread(evidence.wait_until_settled, world.database)

    runs = evidence.stored(world.database)
    _every_event_is_there_once(events, answers, runs)
    assert Counter(run.status for run in runs) == {"succeeded": len(events)}
    assert Counter(run.recoveries for run in runs) == {0: len(events)}
    assert set((await world.received()).values()) == {1}


def _every_event_is_there_once(events: list[Sent], answers: Answers, runs: list[evidence.StoredRun]) -> None:
    assert answers.others == []
    assert answers.accepted.keys() | answers.repeated.keys() == {event.key for event in events}
    assert evidence.repeated([run.key for run in runs]) == {}
    stored = {run.key: run for run in runs}
    assert stored.keys() == {event.key for event in events}
    for told in (answers.accepted, answers.repeated):
        assert {key: stored[key].event_id for key in told} == told


def _every_run_is_finished_or_held(world: World, runs: list[evidence.StoredRun]) -> None:
    for name in ("pure", "put"):
        assert {run.status for run in runs if world.workflows[run.workflow_id] == name} == {"succeeded"}
    careful = [run for run in runs if world.workflows[run.workflow_id] == "post"]
    assert {run.status for run in careful} <= {"succeeded", "held"}
    for run in runs:
        last = "uncertain" if run.status == "held" else "succeeded"
        assert list(run.steps.values())[-1] == last, run
        assert len(run.steps) == {"pure": 2, "put": 3, "post": 2}[world.workflows[run.workflow_id]], run


def _no_call_was_made_twice_in_silence(
    world: World, runs: list[evidence.StoredRun], received: Counter[tuple[str, int]]
) -> None:
    for run in runs:
        match world.workflows[run.workflow_id]:
            case "put":
                assert received["first", run.number] >= 1
                assert received["second", run.number] >= 1
            case "post" if run.status == "succeeded":
                assert received["only", run.number] == 1, run
            case "post":
                assert received["only", run.number] <= 1, run


async def _a_moment() -> None:
    await asyncio.sleep(0.02)
