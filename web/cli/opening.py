"""How commands find the data of a Stepline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.assembly import Stepline, open_stepline
from web.cli.data_dir import DataDir, existing

__all__ = ["DataDir", "existing", "opened"]


@contextmanager
def opened(data_dir: Path | None, *, working: bool = False) -> Iterator[Stepline]:
    """The engine for a command that looks or edits; `working` for one that runs workflows. Raises EngineError.

    It opens what is there and makes no new Stepline.
    """
    stepline = open_stepline(existing(data_dir), working=working)
    try:
        yield stepline
    finally:
        stepline.close()
