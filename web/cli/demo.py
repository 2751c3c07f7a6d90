"""`stepline demo`: the server and the sandbox side by side, with a workflow that is switched on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_data_path

from engine.assembly import Stepline, open_stepline
from engine.settings import Settings
from web import serving
from web.cli.output import examples
from web.cli.sandbox import sandbox_server
from web.cli.serve import opening_lines, product, work
from web.demo import Demo, seed, signin_link
from web.sandbox import SandboxSettings

HOST = "127.0.0.1"
"""Both are for this machine alone: the sandbox's credentials are known to everybody."""

OWN_FOLDER = user_data_path("stepline-demo", appauthor=False)
"""Apart from the data of a Stepline that is used in earnest."""

SETTINGS_HEAD = "# Written by `stepline demo` whenever it starts."

app = typer.Typer(add_completion=False)
DemoDir = Annotated[
    Path,
    typer.Option(
        "--data-dir", envvar="STEPLINE_DATA_DIR", file_okay=False, help="The folder with the data of the demo."
    ),
]


@app.command(epilog=examples("stepline demo", "stepline demo --port 9000 --sandbox-port 9001 --data-dir ./data"))
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Stepline's port; 0 for a free one.")] = 8000,
    sandbox_port: Annotated[int, typer.Option(min=0, max=65535, help="The sandbox's port; 0 for a free one.")] = 8001,
    data_dir: DemoDir = OWN_FOLDER,
) -> None:
    """Try Stepline without any account: starts it together with stand-ins for GoHighLevel and Mailercloud.

    The welcome workflow is switched on. Open the link, add a contact on the sandbox's page, and watch the run.
    A second start finds the data again; the sandbox itself forgets when it stops.
    """
    sandbox_socket = serving.listen(HOST, sandbox_port, "--sandbox-port")
    listening = serving.listen(HOST, port)
    sandbox_address = f"{HOST}:{serving.port_of(sandbox_socket)}"
    address = f"{HOST}:{serving.port_of(listening)}"
    settings = Settings.load(
        data_dir=data_dir,
        host=HOST,
        port=serving.port_of(listening),
        public_url=f"http://{address}",
        egress_allow=(sandbox_address,),
    )
    serving.configure_logging(settings.log_level)
    stepline = open_stepline(settings)
    keep_settings(settings.data_dir, sandbox_address)
    seeded = seed(stepline, f"http://{sandbox_address}")
    server = product(stepline, listening)
    hooks = tuple((vendor, settings.public_url + path) for vendor, path in seeded.hooks)
    sandbox = sandbox_server(sandbox_socket, SandboxSettings(hooks=hooks))

    def announce() -> None:
        for line in opening_lines(stepline):
            typer.echo(line)
        typer.echo(f"  Sandbox  http://{sandbox_address}   add a contact there")
        typer.echo(f"\nOpen Stepline, signed in:\n  {signin_link(stepline, seeded.owner, settings.public_url)}")

    async def both() -> None:
        async with sandbox.running():
            await _test(stepline, seeded)
            await work(stepline, server, announce)

    serving.run(both(), server.stop)


def keep_settings(folder: Path, sandbox_address: str) -> None:
    """So that other commands with this data may reach the sandbox too; a settings file of somebody's own stays."""
    file = folder / "stepline.toml"
    if not file.exists() or file.read_text(encoding="utf-8").startswith(SETTINGS_HEAD):
        file.write_text(f'{SETTINGS_HEAD}\negress_allow = ["{sandbox_address}"]\n', encoding="utf-8")


async def _test(stepline: Stepline, seeded: Demo) -> None:
    """So that both connections show that they work."""
    await asyncio.gather(*(stepline.connections.test(connection.id) for connection in seeded.connections))
