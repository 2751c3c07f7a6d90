"""`stepline serve` as a real process on a data directory, with everything that is known about it from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

PROGRAM = [sys.executable, "-m", "web.cli", "serve"]
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def helper_process(module: str, *arguments: str) -> Iterator[tuple[int, int]]:
    """Runs `python -m module … --port PORT` during the block: (port, pid), once it listens."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", module, *arguments, "--port", str(port)], cwd=ROOT)
    try:
        _wait_until_listening(port, lambda: process.poll() is None, 30)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


class ServerProcess:
    """May be started again after it has ended; it keeps its port and its data."""

    def __init__(self, data_dir: Path, **settings: object) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.log = data_dir / "server.log"
        self._settings = {"data_dir": data_dir, "port": self.port, "log_level": "warning", **settings}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns at once; see `wait_until_listening`."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STEPLINE_")}
        chosen = {f"STEPLINE_{name.upper()}": str(value) for name, value in self._settings.items()}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(PROGRAM, cwd=ROOT, env={**kept, **chosen}, stdout=log, stderr=log)

    def wait_until_listening(self, seconds: float = 30) -> None:
        """Raises RuntimeError with the end of the log when it does not come up."""
        if not _wait_until_listening(self.port, self.alive, seconds):
            raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-4000:]}")

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Like a power cut for this process: no clean-up of any kind."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Like an operator: it may finish what it is doing. Returns its exit code."""
        return self._end(signal.SIGTERM)

    def memory(self) -> float:
        """Resident memory in MB."""
        return psutil.Process(self.pid).memory_info().rss / 2**20

    def cpu_seconds(self) -> float:
        """See the function of the same name."""
        return cpu_seconds(self.pid)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(60)


def _wait_until_listening(port: int, alive: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and alive():
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.01)
    return False


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used so far, all its threads together."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system
