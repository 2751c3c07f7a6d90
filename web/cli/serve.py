"""`stepline serve`: the server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from socket import socket
from typing import Annotated, Any

import typer

from engine.assembly import Stepline, open_stepline
from engine.settings import Settings, unknown_variables
from web import __version__, serving
from web.app import create_app
from web.cli.address import announced
from web.cli.opening import DataDir
from web.cli.output import examples

SETUP_LINK_LASTS = timedelta(hours=24)

Host = Annotated[str | None, typer.Option(help="The address to listen on; 0.0.0.0 for all of this machine.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="The port to listen on; 0 for a free one.")]
PublicUrl = Annotated[
    str | None, typer.Option(help="The address that browsers and webhooks use, such as https://stepline.example.com.")
]

app = typer.Typer(add_completion=False)


@app.command(
    epilog=examples(
        "stepline serve",
        "stepline serve --host 0.0.0.0 --public-url https://stepline.example.com",
        "STEPLINE_DATABASE_URL=postgresql://stepline:secret@db/stepline stepline serve",
    )
)
def serve(data_dir: DataDir = None, host: Host = None, port: Port = None, public_url: PublicUrl = None) -> None:
    """Start the server: pages, API, hooks and the engine that runs workflows, in one process.

    All other settings come from STEPLINE_… variables or the settings file; see `stepline settings`.
    """
    settings, listening = prepared(data_dir=data_dir, host=host, port=port, public_url=public_url)
    serving.configure_logging(settings.log_level)
    stepline = open_stepline(settings)
    server = product(stepline, listening)

    def announce() -> None:
        for line in (*opening_lines(stepline), *_setup_lines(stepline)):
            typer.echo(line)

    serving.run(work(stepline, server, announce), server.stop)


def prepared(**chosen: Any) -> tuple[Settings, socket]:
    """The settings in force and the socket they ask for; a free port that was taken counts as chosen."""
    settings = Settings.load(**chosen)
    listening = serving.listen(settings.host, settings.port)
    if settings.port == 0:
        settings = Settings.load(**{**chosen, "port": serving.port_of(listening)})
    return settings, listening


def product(stepline: Stepline, listening: socket) -> serving.Server:
    app = create_app(stepline, stepline.settings)
    return serving.server(
        app, listening, trusted_proxies=stepline.settings.trusted_proxies, closing=app.state.live.close
    )


async def work(stepline: Stepline, server: serving.Server, announce: Callable[[], None]) -> None:
    """The engine starts before the first request and stops after the last."""
    try:
        await stepline.start()
        async with server.running() as serving_task:
            with announced(stepline.settings):
                announce()
                await serving_task
    finally:
        await stepline.stop()


def opening_lines(stepline: Stepline) -> Iterator[str]:
    settings = stepline.settings
    yield f"Stepline {__version__} is ready."
    yield f"  Address  {settings.public_url}"
    yield f"  Data     {settings.data_dir}"
    if stepline.database.dialect == "postgresql":
        yield "  Runs     in PostgreSQL"
    for notice in stepline.vault.notices:
        yield f"  Note     {notice}"
    for name in unknown_variables(os.environ):
        yield f"  Note     {name} is not a setting of Stepline and has no effect. Is it misspelt?"


def _setup_lines(stepline: Stepline) -> Iterator[str]:
    if stepline.accounts.has_owner():
        return
    token = stepline.accounts.create_login_link("setup", None, SETUP_LINK_LASTS)
    yield ""
    yield "Nobody owns this server yet. Open this link within 24 hours to make your account:"
    yield f"  {stepline.settings.public_url}/setup/{token}"
