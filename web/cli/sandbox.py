"""`stepline sandbox`: stand-ins for GoHighLevel and Mailercloud."""

from __future__ import annotations

from socket import socket
from typing import Annotated

import typer

from web import serving
from web.cli.output import examples
from web.sandbox import (
    SANDBOX_GHL_LOCATION,
    SANDBOX_GHL_PATH,
    SANDBOX_GHL_TOKEN,
    SANDBOX_MAILERCLOUD_KEY,
    SANDBOX_MAILERCLOUD_PATH,
    SandboxSettings,
    create_sandbox,
)

app = typer.Typer(add_completion=False)


@app.command(epilog=examples("stepline sandbox", "stepline sandbox --port 9001"))
def sandbox(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 for a free one.")] = 8001,
) -> None:
    """Start stand-ins for GoHighLevel and Mailercloud, to try workflows without any account.

    They keep everything in memory: stopping them forgets it.
    """
    serving.configure_logging("warning")
    listening = serving.listen(host, port)
    url = f"http://{host}:{serving.port_of(listening)}"
    server = sandbox_server(listening)

    async def work() -> None:
        async with server.running() as serving_task:
            typer.echo(f"The sandbox is ready: {url}")
            typer.echo(
                f"  GoHighLevel  {url}{SANDBOX_GHL_PATH}  token {SANDBOX_GHL_TOKEN}  location {SANDBOX_GHL_LOCATION}"
            )
            typer.echo(f"  Mailercloud  {url}{SANDBOX_MAILERCLOUD_PATH}  key {SANDBOX_MAILERCLOUD_KEY}")
            await serving_task

    serving.run(work(), server.stop)


def sandbox_server(listening: socket, settings: SandboxSettings | None = None) -> serving.Server:
    return serving.server(create_sandbox(settings), listening, lifespan=True)
