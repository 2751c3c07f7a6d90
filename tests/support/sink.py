"""A web service that takes whatever it is sent and remembers it: the other end of HTTP steps.

Every request is answered with 200 and {"ok": true}. GET /_received answers the bodies received so far, in order.
Run it as a process: `python -m tests.support.sink --port 8123`; `--delay` is how long it thinks, in seconds.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import cast

import httptools
import orjson
import uvloop

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'


class Sink(asyncio.Protocol):
    """One connection. `received` is shared by all."""

    def __init__(self, received: list[str], delay: float) -> None:
        self._received = received
        self._delay = delay
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url = self._body = b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._url == b"/_received":
            body = orjson.dumps(self._received)
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return
        self._received.append(self._body.decode())
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        if not self._transport.is_closing():  # the caller may have gone away meanwhile
            self._transport.write(OK)


async def serve(port: int, delay: float) -> None:
    received: list[str] = []
    server = await asyncio.get_running_loop().create_server(lambda: Sink(received, delay), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--delay", type=float, default=0.0)
    given = parser.parse_args()
    uvloop.run(serve(given.port, given.delay))


if __name__ == "__main__":
    main()
