from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.assembly import open_stepline
from engine.settings import Settings
from tests.web.cli.conftest import Cli

Data = tuple[str, Path]

GREETING: dict[str, Any] = {
    "trigger": {"operation": "webhook.hooks.received", "input": {}},
    "steps": [
        {
            "key": "adults",
            "kind": "filter",
            "title": "Only adults",
            "match": "all",
            "rules": [{"left": "{{ trigger.age }}", "test": "greater_than", "right": "17"}],
        },
        {
            "key": "tell",
            "kind": "action",
            "title": "Tell the other app",
            "operation": "http_request.requests.post",
            "input": {"url": "http://127.0.0.1:9/never", "body": {"age": "{{ trigger.age }}"}},
        },
    ],
}
WAITING = {**GREETING, "steps": [{"key": "wait", "kind": "delay", "for": {"amount": 2, "unit": "days"}}]}


def stored(data: Data, definition: dict[str, Any], *, published: bool = True) -> None:
    """A workflow “Greeting” in the data directory."""
    stepline = open_stepline(Settings.load(data_dir=data[1]), working=False)
    workflow = stepline.workflows.create("Greeting", definition)
    if published:
        stepline.versions.publish(workflow.id)
    stepline.close()


def event(tmp_path: Path, **payload: object) -> Path:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(payload))
    return file


@pytest.fixture
def running_server(data: Data) -> Iterator[None]:
    """The engine of a server, in another thread with its own event loop."""
    started, ended = threading.Event(), threading.Event()

    async def work() -> None:
        stepline = open_stepline(Settings.load(data_dir=data[1]))
        await stepline.start()
        started.set()
        await asyncio.to_thread(ended.wait)
        await stepline.stop()

    thread = threading.Thread(target=asyncio.run, args=[work()])
    thread.start()
    assert started.wait(10)
    yield
    ended.set()
    thread.join()


def test_dry_run_shows_the_request_that_would_be_sent(cli: Cli, data: Data, tmp_path: Path) -> None:
    stored(data, GREETING)

    done = cli("run", "Greeting", "--input", event(tmp_path, age=30), "--dry-run", *data)

    assert done.code == 0
    assert "dry run: nothing was written" in done.out
    assert "POST http://127.0.0.1:9/never → not sent" in done.out


def test_failed_run_says_why_and_what_to_do(cli: Cli, data: Data, tmp_path: Path) -> None:
    stored(data, GREETING)

    done = cli("run", "Greeting", "--input", event(tmp_path, age=30), *data)

    assert done.code == 1
    assert "private network" in done.out


def test_filtered_run_is_no_problem(cli: Cli, data: Data, tmp_path: Path) -> None:
    stored(data, GREETING)

    done = cli("run", "greeting", "--input", event(tmp_path, age=12), "--json", *data)

    assert done.code == 0
    assert done.json["run"]["status"] == "filtered"


def test_input_may_come_from_standard_input(cli: Cli, data: Data) -> None:
    stored(data, GREETING)

    done = cli("run", "Greeting", "--input", "-", "--json", *data, stdin='{"age": 3}')

    assert done.json["event"]["payload"] == {"age": 3}


def test_draft_that_was_never_published_is_tested(cli: Cli, data: Data, tmp_path: Path) -> None:
    stored(data, GREETING, published=False)

    done = cli("run", "Greeting", "--input", event(tmp_path, age=12), "--json", *data)

    assert (done.json["run"]["mode"], done.json["run"]["version_number"]) == ("test", None)


def test_waiting_run_is_left_to_the_server(cli: Cli, data: Data, tmp_path: Path) -> None:
    stored(data, WAITING)

    done = cli("run", "Greeting", "--input", event(tmp_path, age=12), *data)

    assert done.code == 0
    assert "goes on when the server runs" in done.out


def test_run_is_handed_to_a_running_server(cli: Cli, data: Data, tmp_path: Path, running_server: None) -> None:
    stored(data, GREETING)

    done = cli("run", "Greeting", "--input", event(tmp_path, age=12), "--json", *data)

    assert (done.code, done.json["run"]["status"]) == (0, "filtered")


def test_other_runs_stay_where_they_are(cli: Cli, data: Data, tmp_path: Path) -> None:
    """A command that was asked for one run must not set others going."""
    stored(data, GREETING)
    stepline = open_stepline(Settings.load(data_dir=data[1]), working=False)
    stepline.journal.start()
    workflow = stepline.workflows.list()[0]
    assert workflow.live_version_id
    queued = asyncio.run(stepline.run_control.start(workflow.id, workflow.live_version_id, {"age": 3}, mode="live"))
    stepline.close()

    cli("run", "Greeting", "--input", event(tmp_path, age=12), *data)

    stepline = open_stepline(Settings.load(data_dir=data[1]), working=False)
    assert stepline.runs.get(queued.run_ids[0]).run.status == "queued"
    stepline.close()


def test_unknown_workflow_is_a_problem(cli: Cli, data: Data) -> None:
    assert cli("run", "Nope", *data).code == 1


def test_input_that_is_no_json_is_a_problem(cli: Cli, data: Data) -> None:
    assert cli("run", "Greeting", "--input", "-", *data, stdin="{").code == 1


def test_missing_input_file_is_a_usage_error(cli: Cli, data: Data, tmp_path: Path) -> None:
    assert cli("run", "Greeting", "--input", tmp_path / "nowhere.json", *data).code == 2
