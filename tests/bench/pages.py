"""`python -m tests.bench.pages`: how long the server takes for its list pages, with few runs and with very many.

The pages are asked for without a network, signed in, each several times; the best time counts.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
from sqlalchemy import insert

from engine.assembly import Stepline, open_stepline
from engine.clock import system_clock
from engine.ids import first_id
from engine.settings import Settings
from engine.storage.tables import Event, Run
from web.app import create_app

FEW, MANY = 1_000, 100_000
WORKFLOWS = 50
DAYS = 30
TIMES = 5
REACH_FOR = 100.0
"""Milliseconds."""
STATUSES = {"succeeded": 90.0, "filtered": 5.0, "failed": 3.0, "cancelled": 1.0, "waiting": 0.8, "held": 0.2}
DEFINITION: dict[str, Any] = {
    "trigger": {"operation": "webhook.hooks.received"},
    "steps": [{"key": "only", "kind": "filter", "rules": [{"left": "{{ trigger.email }}", "test": "is_not_empty"}]}],
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=MANY)
    chosen = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    few, many = asyncio.run(measure(FEW)), asyncio.run(measure(chosen.runs))
    print(f"{'list page, best of ' + str(TIMES):<36} {FEW:>9,} runs {chosen.runs:>9,} runs   times")
    for path, before in few.items():
        after = many[path]
        mark = "" if after < REACH_FOR else f"   over {REACH_FOR:.0f} ms"
        print(f"{path:<36} {before:>11.1f} ms {after:>11.1f} ms {after / before:>7.1f}{mark}")
    return 0


async def measure(runs: int) -> dict[str, float]:
    """Milliseconds by page."""
    with tempfile.TemporaryDirectory(prefix="stepline-pages-") as folder:
        stepline = open_stepline(Settings.load(data_dir=Path(folder), public_url="http://pages.test"), working=False)
        try:
            workflow = fill(stepline, runs)
            return {name: await _best(stepline, path) for name, path in _pages(workflow)}
        finally:
            await stepline.http.aclose()
            stepline.close()


def fill(stepline: Stepline, runs: int) -> str:
    """Workflows with so many runs in the last days; the id of one of them."""
    known = []
    for number in range(WORKFLOWS):
        workflow = stepline.workflows.create(f"Workflow {number:03}", DEFINITION, description="Does something useful.")
        known.append((workflow.id, stepline.versions.publish(workflow.id).id))
    random, now = Random(1), system_clock()
    for start in range(0, runs, 5_000):
        made = [_run(random, known, index, runs, now) for index in range(start, min(runs, start + 5_000))]
        with stepline.database.write() as session:
            session.execute(insert(Event), [event for event, _ in made])
            session.execute(insert(Run), [run for _, run in made])
    return known[0][0]


def _run(
    random: Random, known: Sequence[tuple[str, str]], index: int, runs: int, now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    at = now - timedelta(days=DAYS) * (1 - index / runs)
    made = first_id(at)[:12] + "7" + "".join(random.choice("0123456789abcdef") for _ in range(19))
    workflow, version = random.choice(known)
    status = random.choices(list(STATUSES), list(STATUSES.values()))[0]
    payload = {"email": f"person{index}@example.com", "firstName": "Anna", "lastName": "Berg", "tags": ["new", "vip"]}
    event = {"id": made, "dedupe": made, "source": "hook", "status": "accepted", "payload": payload, "created_at": at}
    run = {
        "id": made,
        "workflow_id": workflow,
        "version_id": version,
        "event_id": made,
        "mode": "live",
        "status": status,
        "reason": "",
        "created_at": at,
        "started_at": at,
        "finished_at": at + timedelta(seconds=3 * random.random()),
    }
    return event, run


def _pages(workflow: str) -> Iterator[tuple[str, str]]:
    """(what the report calls it, where it is)"""
    for path in ("/", "/?span=week", "/?span=month", "/workflows", "/workflows?q=01", "/connections"):
        yield path, path
    for path in ("/runs", "/runs?status=failed", "/runs?q=person77@example.com", "/runs?q=nobody", "/runs?q=example"):
        yield path, path
    yield "/runs?workflow=…", f"/runs?workflow={workflow}"
    for path in ("/runs?status=held&q=example", "/events", "/events?status=accepted", "/events?q=nobody"):
        yield path, path


def signed_in(stepline: Stepline) -> httpx.AsyncClient:
    """A browser of the owner, without a network."""
    users = stepline.accounts.list_users()
    user = users[0] if users else stepline.accounts.create_user("o@example.com", "Olivia", None, "owner")
    transport = httpx.ASGITransport(app=create_app(stepline, stepline.settings))
    client = httpx.AsyncClient(transport=transport, base_url=stepline.settings.public_url)
    client.cookies.set("stepline_session", stepline.accounts.create_session(user.id))
    return client


async def _best(stepline: Stepline, path: str) -> float:
    async with signed_in(stepline) as client:
        lasted = []
        for _ in range(TIMES):
            began = time.perf_counter()
            answer = await client.get(path)
            lasted.append(1_000 * (time.perf_counter() - began))
            answer.raise_for_status()
    return min(lasted)


if __name__ == "__main__":
    sys.exit(main())
