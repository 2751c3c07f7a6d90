"""The root of the command line: finds commands by name, turns errors into plain text and exit codes.

Exit codes: 0 done, 1 a problem was found (it is on stderr), 2 the command was used wrongly.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping, Sequence
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from connectors._kit.errors import KitError
from engine.errors import EngineError, Invalid
from web import __version__
from web.cli.output import complain

COMMANDS = (
    "demo",
    "serve",
    "sandbox",
    "doctor",
    "run",
    "recipes",
    "connectors",
    "users",
    "tokens",
    "settings",
    "db",
    "keys",
)
"""Modules of this package; each has an `app`."""


class _OnDemand(MutableMapping[str, Any]):
    """Imports a command's module when the command is used, so that every command starts fast."""

    def __init__(self) -> None:
        self._commands: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        if name not in self._commands:
            command = typer.main.get_command(import_module(f"web.cli.{name}").app)
            command.name = name
            self._commands[name] = command
        return self._commands[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Root(TyperGroup):
    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.commands = _OnDemand()


app = typer.Typer(
    cls=_Root,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Try it without any account:  stepline demo",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"Stepline {__version__}")
        raise typer.Exit


@app.callback()
def stepline(
    _: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Stepline: workflows between your apps, on your own server."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The entry point of the `stepline` command; `arguments` instead of those of the process."""
    try:
        app(arguments, prog_name="stepline")
    except Invalid as error:
        complain(error.message, *(problem.message for problem in error.problems))
    except EngineError as error:
        complain(error.message, *([error.detail] if error.detail else []))
    except KitError as error:
        complain(str(error))
    sys.exit(1)
