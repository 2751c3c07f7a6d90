"""The `stepline` command as a real process on free ports."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "web.cli")
START_SECONDS = 30
T = TypeVar("T")


@dataclass(frozen=True)
class Started:
    """A process that is ready. `found` has what its output was searched for."""

    process: subprocess.Popen[str]
    output: Path
    found: dict[str, str]
    http: httpx.Client

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def started(
    arguments: Sequence[str],
    patterns: dict[str, str],
    output: Path,
    *,
    command: Sequence[str] = COMMAND,
    folder: Path = ROOT,
) -> Iterator[Started]:
    """Ready when every pattern has matched a line of the output. Killed at the end if it still runs."""
    with output.open("w") as file:
        process = subprocess.Popen(
            [*command, *arguments], cwd=folder, env=environment(), stdout=file, stderr=file, text=True
        )

    def matches() -> dict[str, str]:
        text = output.read_text()
        assert process.poll() is None, text
        found = {name: re.search(pattern, text, re.MULTILINE) for name, pattern in patterns.items()}
        return {name: match[1] for name, match in found.items() if match} if all(found.values()) else {}

    try:
        with httpx.Client() as http:
            yield Started(process, output, until(matches, START_SECONDS), http)
    finally:
        process.kill()
        process.wait()


def completed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself, with its output."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60
    )


def environment() -> dict[str, str]:
    """That of the tests, without any setting of Stepline."""
    return {name: value for name, value in os.environ.items() if not name.startswith("STEPLINE_")}


def until(look: Callable[[], T], seconds: float) -> T:
    """What `look` gives as soon as it is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{look.__name__} is still not there after {seconds} s"
        time.sleep(0.05)
    return found


def json_of(response: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = response.raise_for_status().json()
    return found
