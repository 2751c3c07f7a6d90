"""The command line, called in this process."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.assembly import open_stepline
from engine.settings import Settings
from web.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """`cli("users", "list", stdin="…")`; never raises for what a command does."""

    def call(*arguments: object, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture
def data(tmp_path: Path) -> tuple[str, Path]:
    """The arguments that lead a command to a Stepline that was started before and holds nothing."""
    folder = tmp_path / "data"
    open_stepline(Settings.load(data_dir=folder), working=False).close()
    return "--data-dir", folder


@pytest.fixture
def nowhere(tmp_path: Path) -> tuple[str, Path]:
    """The arguments that lead a command to a folder that is not there."""
    return "--data-dir", tmp_path / "typo"
