"""Running servers in one event loop: addresses, signals, and stopping in the right order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from engine.errors import EngineError

log = logging.getLogger(__name__)

DRAIN_SECONDS = 3
"""How long a stopping server waits for answers under way."""
KEEP_ALIVE_SECONDS = 75
"""Longer than reverse proxies keep idle connections, so that they never use one that was just closed."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class CannotListen(EngineError):
    """Raised when an address is taken or does not belong to this machine."""


class Server(uvicorn.Server):
    """A server that leaves signals to `run`, so that several can share one process."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket, closing: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening
        self._closing = closing
        self._accepting = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._accepting.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing()
        await super().shutdown(sockets)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Serves during the block, which begins when connections are accepted. The task ends after `stop`."""
        serving = asyncio.create_task(self.serve([self._listening]))
        accepting = asyncio.create_task(self._accepting.wait())
        await asyncio.wait([serving, accepting], return_when=asyncio.FIRST_COMPLETED)
        accepting.cancel()
        try:
            yield serving
        finally:
            self.should_exit = True
            await serving

    def stop(self) -> None:
        """Take no more connections; asked a second time, cut those that are open."""
        self.force_exit = self.should_exit
        self.should_exit = True


def server(
    app: ASGIApp,
    listening: socket.socket,
    *,
    trusted_proxies: Sequence[str] = (),
    lifespan: bool = False,
    closing: Callable[[], None] = lambda: None,
) -> Server:
    """A server for `app`; with `lifespan` the app is told when it starts and stops.

    `closing` is called when it begins to stop, to end answers that would never end by themselves.
    """
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on" if lifespan else "off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return Server(config, listening, closing)


def listen(host: str, port: int, setting: str = "--port") -> socket.socket:
    """A socket on this address; port 0 takes a free one. Raises CannotListen; `setting` is what it says to change."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotListen(f"{host} is not an address of this machine.", str(error)) from error
    opened = socket.socket(family, kind, protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind(address)
    except OSError as error:
        opened.close()
        raise CannotListen(
            f"Nothing can listen on {host}, port {port}: another program is using it, perhaps another Stepline, "
            f"or it is not yours to use. Stop that program, or choose another port with {setting}.",
            str(error),
        ) from error
    return opened


def port_of(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


def run(work: Coroutine[Any, Any, None], product: Callable[[], None]) -> None:
    """Runs `work` on the fastest event loop. The first signal calls `product` to stop it gently; later ones cut short.

    Raises EngineError when it was cut short.
    """
    _collect_less()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_until_done(work, product))
    except (asyncio.CancelledError, KeyboardInterrupt) as error:
        raise EngineError("Stopped at once. Runs that were under way go on at the next start.") from error


def _collect_less() -> None:
    """What is loaded by now stays: looking through all of it again and again would hold up every request.

    Nearly all that requests and runs make goes by itself, so it is worth looking only after much of it (Python looks
    after each 700 objects).
    """
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


async def _until_done(work: Coroutine[Any, Any, None], stop: Callable[[], None]) -> None:
    loop, working = asyncio.get_running_loop(), asyncio.ensure_future(work)
    asked = 0

    def asked_to_stop() -> None:
        nonlocal asked
        asked += 1
        stop()
        if asked > 1:
            working.cancel()

    for number in SIGNALS:
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C arrives as KeyboardInterrupt there
            loop.add_signal_handler(number, asked_to_stop)
    await working


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # not to be had on Windows

    return uvloop.new_event_loop


def configure_logging(level: str) -> None:
    """Plain lines on stderr. Libraries that speak of every request are heard from `debug` on."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    if level != "debug":
        for name in ("uvicorn", "httpx", "httpcore", "aiohttp", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
