"""`stepline serve` and `stepline sandbox` as real processes."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.processes import Started, completed, json_of, started, until

ADDRESS = r"Address\s+(http://\S+)"
SETUP = r"^\s+(http://\S+/setup/\S+)$"


@contextmanager
def serving(data: Path, *more: str) -> Iterator[Started]:
    arguments = ["serve", "--port", "0", "--data-dir", str(data), *more]
    with started(arguments, {"address": ADDRESS, "setup": SETUP}, data.with_suffix(".log")) as process:
        yield process


def test_fresh_server_prints_a_link_to_claim_it_and_reminds_of_the_key_file(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        assert server.http.get(server.found["setup"]).status_code == 200
        assert "secret.keys. Back it up" in server.output.read_text()


def test_claimed_server_prints_no_link(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert completed("db", "upgrade", "--data-dir", str(data)).returncode == 0
    assert completed("users", "create", "a@example.com", "--role", "owner", "--data-dir", str(data)).returncode == 0

    arguments = ["serve", "--port", "0", "--data-dir", str(data)]
    with started(arguments, {"address": ADDRESS}, tmp_path / "serve.log") as server:
        assert "/setup/" not in server.output.read_text()


def test_link_of_another_command_leads_to_the_server_that_runs(tmp_path: Path) -> None:
    user = ("b@example.com", "--data-dir", str(tmp_path / "data"))
    with serving(tmp_path / "data") as server:
        made = completed("users", "create", *user)
        (link,) = [line.strip() for line in made.stdout.splitlines() if "/signin/" in line]

        assert link.startswith(server.found["address"] + "/")
        assert server.http.get(link).status_code == 200
        assert server.stop() == 0

    assert completed("users", "link", *user).stdout.startswith("http://localhost:8000/")


def test_health_is_answered_without_a_token(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        assert server.http.get(f"{server.found['address']}/healthz").text == "ok"
        assert json_of(server.http.get(f"{server.found['address']}/api/v1/health")) == {"status": "ok"}


def test_server_stops_quietly_when_interrupted(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        server.process.send_signal(signal.SIGINT)

        assert server.process.wait(30) == 0
        assert "Traceback" not in server.output.read_text()


def test_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path / "data"):
        refused = completed("serve", "--port", "0", "--data-dir", str(tmp_path / "data"))

    assert refused.returncode == 1
    assert "Stepline is already running with the data in" in refused.stderr


def test_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = completed("serve", "--port", port, "--data-dir", str(tmp_path / "data"))

    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert "--port" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_address_of_another_machine_is_said_plainly(tmp_path: Path) -> None:
    refused = completed("serve", "--host", "192.0.2.1", "--port", "0", "--data-dir", str(tmp_path / "data"))

    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


def test_sandbox_alone_answers_with_the_documented_credentials(tmp_path: Path) -> None:
    pattern = {"url": r"ready: (http://\S+)"}
    with started(["sandbox", "--port", "0"], pattern, tmp_path / "sandbox.log") as sandbox:
        url = sandbox.found["url"]
        headers = {"Authorization": "Bearer sandbox-ghl-token", "Version": "2021-07-28"}

        location = json_of(sandbox.http.get(f"{url}/ghl/locations/sandbox-location", headers=headers))

        assert location["location"]["id"] == "sandbox-location"
        assert sandbox.http.get(f"{url}/ghl/locations/sandbox-location").status_code == 401
        assert sandbox.stop() == 0


def test_second_interruption_cuts_short_what_does_not_end(tmp_path: Path) -> None:
    program = (
        "import asyncio\nfrom web import serving\n"
        "async def work():\n    print('ready', flush=True)\n    await asyncio.Event().wait()\n"
        "serving.run(work(), lambda: print('asked to stop', flush=True))"
    )
    command = [sys.executable, "-c", program]
    with started([], {"state": "(ready)"}, tmp_path / "out.log", command=command) as process:
        process.process.send_signal(signal.SIGINT)
        until(lambda: "asked to stop" in process.output.read_text(), 10)
        process.process.send_signal(signal.SIGINT)

        assert process.process.wait(30) == 1
        assert "Stopped at once" in process.output.read_text()
