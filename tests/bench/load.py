"""The load generator: a process of its own that posts events over keep-alive connections and times the answers.

Requests are prepared in advance and answers are read with as little as possible, so that on a small machine the
generator leaves the processor to the server. Writes one JSON object to a file; see `Report`.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import orjson
import uvloop

BODY = (
    b'{"email":"anna.%08d@example.com","first_name":"Anna","last_name":"Schmidt","phone":"+49 30 1234567",'
    b'"city":"Berlin","source":"web form","tags":["new","newsletter"],"consent":true,"number":%d}'
)
HEAD = (
    b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\n"
    b"Content-Length: %d\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Report:
    """`latencies` are milliseconds from the first byte sent to the last byte of the answer, in no order."""

    statuses: dict[str, int]
    acknowledged: list[str]
    seconds: float
    cpu_seconds: float
    latencies: list[float]


def request(path: str, host: str, key: str, number: int) -> bytes:
    """One event as it goes over the wire. `key` is its Idempotency-Key."""
    body = BODY % (number, number)
    return HEAD % (path.encode(), host.encode(), key.encode(), len(body)) + body


class Client(asyncio.Protocol):
    """One connection: sends the next event as soon as the last one is answered, never more than one at a time."""

    def __init__(self, work: Iterator[tuple[str, bytes]], report: Report, done: asyncio.Future[None]) -> None:
        self._work = work
        self._report = report
        self._done = done
        self._buffer = b""
        self._key = ""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        if len(self._buffer) < end + 4 + _content_length(self._buffer[:end]):
            return
        self._report.latencies.append((time.perf_counter() - self._sent_at) * 1000)
        self._count(self._buffer[9:12].decode())
        self._buffer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._count("lost")
            self._done.set_result(None)

    def _next(self) -> None:
        item = next(self._work, None)
        if item is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._key, wire = item
        self._sent_at = time.perf_counter()
        self._transport.write(wire)

    def _count(self, status: str) -> None:
        self._report.statuses[status] = self._report.statuses.get(status, 0) + 1
        if status == "202":
            self._report.acknowledged.append(self._key)


def _content_length(head: bytes) -> int:
    start = head.lower().find(b"content-length:")
    if start < 0:
        return 0
    return int(head[start + 15 :].split(b"\r\n", 1)[0])


async def run(url: str, prefix: str, count: int, connections: int) -> Report:
    """Post `count` events with the keys `<prefix>-0` … over that many connections."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    keys = [f"{prefix}-{number}" for number in range(count)]
    wires = [request(parts.path, f"{host}:{port}", key, number) for number, key in enumerate(keys)]
    work = iter(zip(keys, wires, strict=True))
    report = Report(Counter(), [], 0.0, 0.0, [])
    loop = asyncio.get_running_loop()
    started, cpu = time.perf_counter(), time.process_time()
    futures: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    await asyncio.gather(*(loop.create_connection(partial(Client, work, report, done), host, port) for done in futures))
    await asyncio.gather(*futures)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    return Report(dict(report.statuses), report.acknowledged, seconds, cpu_seconds, report.latencies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--prefix", default="event")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--report", type=Path, required=True, help="the file to write the report to")
    given = parser.parse_args()
    report = uvloop.run(run(given.url, given.prefix, given.count, given.connections))
    given.report.write_bytes(orjson.dumps(asdict(report)))


if __name__ == "__main__":
    main()
