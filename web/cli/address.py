"""Where the server is reached, for commands beside it: it may have been started with options that they do not have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.settings import Settings

FILE = "address"


@contextmanager
def announced(settings: Settings) -> Iterator[None]:
    """While the block runs, `reached_at` knows the address of this server."""
    file = settings.data_dir / FILE
    file.write_text(settings.public_url, encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def reached_at(settings: Settings) -> str:
    """The address of the server that runs with this data, else that of the settings."""
    try:
        return (settings.data_dir / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return settings.public_url
