"""The `stepline` command. One file per command or group of commands; `program` puts them together."""

from web.cli.program import main

__all__ = ["main"]
