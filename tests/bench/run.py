"""`make bench`: how fast Stepline is, measured from outside against a started server, beside what is possible.

Exits with 1 when a single acknowledged event has no run, or more than one, or a run that did not succeed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import figures, load
from tests.bench.scenarios import FILTER, NORMALIZE, SHAPE, Scenario, call, seed
from tests.support.server import ROOT, ServerProcess, cpu_seconds, helper_process

TARGETS = "targets on 2 cores: a ≥ 1,000 runs/s and ≥ 0.40 of c; ≤ 200 MB resident; ≤ 2.0 s to the first event"


@dataclass
class Series:
    """The rounds of one line of the table."""

    name: str
    rates: list[float] = field(default_factory=list)
    acknowledgements: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)
    server_cpu: list[float] = field(default_factory=list)
    client_cpu: list[float] = field(default_factory=list)
    events: int = 0

    @property
    def rate(self) -> float:
        return median(self.rates)

    def line(self, ceiling: Series) -> str:
        def three(values: list[float]) -> str:
            if not values:
                return f"{'–':>25}"
            return " ".join(f"{figures.percentile(values, percent):8.1f}" for percent in (50, 95, 99))

        cpu = f"{median(self.server_cpu):6.0f} {median(self.client_cpu) * 100:5.0f} %"
        # Of rounds that followed each other, so that what else the machine does weighs on both.
        share = f"{median(own / least for own, least in zip(self.rates, ceiling.rates, strict=True)):6.2f}"
        return f"{self.name:<36} {self.events:>7} {self.rate:>9,.0f} {share} {three(self.acknowledgements)} " + (
            f"{three(self.runs)}  {cpu}"
        )


def main() -> int:
    given = _arguments()
    print(_machine())
    place = ROOT / "build"
    place.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=place))
    try:
        return _measure(folder, given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="in each round of a and c; a third of it in b")
    parser.add_argument("--rounds", type=int, default=3, help="the median round counts")
    parser.add_argument("--connections", type=int, default=64)
    return parser.parse_args()


def _measure(folder: Path, given: argparse.Namespace) -> int:
    pure, put, post = (
        Series("a  hook → 3 pure steps"),
        Series("b  hook → HTTP call (repeatable)"),
        Series("b' hook → HTTP call (not repeatable)"),
    )
    ceiling = Series("c  ceiling: one insert, no engine")
    wrong: list[str] = []
    with helper_process("tests.support.sink") as (sink_port, _):
        sink = f"http://127.0.0.1:{sink_port}/"
        scenarios = seed(
            folder / "data",
            [
                Scenario("pure", (FILTER, NORMALIZE, SHAPE)),
                Scenario("put", (call("put", sink),)),
                Scenario("post", (call("post", sink),)),
            ],
        )
        server = ServerProcess(folder / "data", egress_allow="127.0.0.1")
        try:
            start_seconds = _first_events(server, scenarios[0])
            with helper_process("tests.bench.ceiling", f"sqlite:///{folder / 'ceiling.db'}") as (port, pid):
                _warm_up(server, scenarios, f"http://127.0.0.1:{port}/hooks/x", given)
                for number in range(given.rounds):
                    wrong += _round(server, scenarios[0], pure, number, given.events, given)
                    wrong += _ceiling_round(port, pid, ceiling, number, given)
                    wrong += _round(server, scenarios[1], put, number, given.events // 3, given)
                    wrong += _round(server, scenarios[2], post, number, given.events // 3, given)
                wrong += _ceiling_count(folder / "ceiling.db", ceiling)
            memory = server.memory()
        finally:
            server.stop()
    _report([pure, put, post, ceiling], ceiling, memory, start_seconds)
    for line in wrong[:20]:
        print("WRONG:", line)
    counted = sum(series.events for series in (pure, put, post, ceiling))
    print(f"counted in the database: {counted} acknowledged events, {len(wrong)} of them wrong")
    return 1 if wrong else 0


def _first_events(server: ServerProcess, scenario: Scenario, starts: int = 3) -> float:
    """Seconds from starting the process to its first accepted event; the median of a few starts. Leaves it running."""
    seconds = []
    for number in range(starts):
        server.stop()
        seconds.append(_start(server, scenario, f"first-{number}"))
    return median(seconds)


def _start(server: ServerProcess, scenario: Scenario, key: str) -> float:
    event = load.request(scenario.path, f"127.0.0.1:{server.port}", key, 0)
    started = time.perf_counter()
    server.start()
    server.wait_until_listening()
    with socket.create_connection(("127.0.0.1", server.port), 30) as client:
        client.sendall(event)
        answer = client.recv(4096)
    seconds = time.perf_counter() - started
    if not answer.startswith(b"HTTP/1.1 202"):
        raise RuntimeError(f"the first event was answered with {answer!r}")
    return seconds


def _warm_up(server: ServerProcess, scenarios: list[Scenario], ceiling_url: str, given: argparse.Namespace) -> None:
    for scenario in scenarios:
        _load(server.url + scenario.path, "warm", 500, given.connections)
        _wait_until_finished(server, scenario)
    _load(ceiling_url, "warm", 500, given.connections)


def _round(
    server: ServerProcess, scenario: Scenario, series: Series, number: int, count: int, given: argparse.Namespace
) -> list[str]:
    prefix, cpu = f"r{number}", server.cpu_seconds()
    report = _load(server.url + scenario.path, prefix, count, given.connections)
    _wait_until_finished(server, scenario)
    found = figures.look(server.data_dir / "stepline.db", scenario.hook_id, prefix, report["acknowledged"])
    series.rates.append(found.runs_per_second)
    series.runs += found.latencies
    series.server_cpu.append((server.cpu_seconds() - cpu) / count * 1e6)
    _note(series, report)
    return [f"{series.name}, round {number}: {line}" for line in [*found.wrong, *_refusals(report, count)]]


def _ceiling_round(port: int, pid: int, series: Series, number: int, given: argparse.Namespace) -> list[str]:
    cpu = cpu_seconds(pid)
    report = _load(f"http://127.0.0.1:{port}/hooks/x", f"r{number}", given.events, given.connections)
    series.rates.append(given.events / report["seconds"])
    series.server_cpu.append((cpu_seconds(pid) - cpu) / given.events * 1e6)
    _note(series, report)
    return [f"{series.name}: {line}" for line in _refusals(report, given.events)]


def _ceiling_count(database: Path, series: Series) -> list[str]:
    stored = figures.events(database, "r")
    return [] if stored == series.events else [f"{series.name}: {series.events} acknowledged, {stored} stored"]


def _note(series: Series, report: dict[str, Any]) -> None:
    series.events += len(report["acknowledged"])
    series.acknowledgements += report["latencies"]
    series.client_cpu.append(report["cpu_seconds"] / report["seconds"])


def _refusals(report: dict[str, Any], count: int) -> list[str]:
    statuses = report["statuses"]
    return [] if statuses == {"202": count} else [f"{count} events were answered with {statuses}"]


def _wait_until_finished(server: ServerProcess, scenario: Scenario, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while figures.unfinished(server.data_dir / "stepline.db", scenario.workflow_id):
        if time.monotonic() > end:
            return  # the count afterwards tells what is missing
        time.sleep(0.05)


def _load(url: str, prefix: str, count: int, connections: int) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile() as file:
        command = [sys.executable, "-m", "tests.bench.load", url, "--prefix", prefix, "--report", file.name]
        command += ["--count", str(count), "--connections", str(connections)]
        subprocess.run(command, cwd=ROOT, check=True)
        report: dict[str, Any] = json.load(file)
    return report


def _report(lines: list[Series], ceiling: Series, memory: float, start_seconds: float) -> None:
    print()
    print(f"{'':<36} {'':>7} {'':>9} {'':>6} {'acknowledged after (ms)':>26} {'finished after (ms)':>26}")
    print(
        f"{'median round':<36} {'events':>7} {'runs/s':>9} {'of c':>6} {'p50':>8} {'p95':>8} {'p99':>8} "
        f"{'p50':>8} {'p95':>8} {'p99':>8}  µs CPU, client"
    )
    for series in lines:
        print(series.line(ceiling))
    print()
    print(f"memory of the server: {memory:.0f} MB resident")
    print(f"from starting the process to its first accepted event: {start_seconds:.2f} s")
    print(TARGETS)


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    average = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} × {cpu}, {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}; load average before: {average}"
    )


if __name__ == "__main__":
    sys.exit(main())
