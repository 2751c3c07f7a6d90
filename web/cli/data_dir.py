"""The option by which every command takes its data directory."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import NotFound
from engine.settings import Settings

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        file_okay=False,
        help="The folder with the data. Without it: STEPLINE_DATA_DIR, else your user's data folder.",
    ),
]


def existing(data_dir: Path | None) -> Settings:
    """The settings of a Stepline that has been started before. Raises Invalid, or NotFound when there is none.

    Makes nothing, so that a mistyped folder is noticed. A database on a server counts as there.
    """
    settings = Settings.load(data_dir=data_dir)
    file, folder = settings.database_file, settings.data_dir
    if file is None or file.exists():
        return settings
    if file.parent != folder:
        raise NotFound(f"There is no database {file}. Is STEPLINE_DATABASE_URL right?")
    raise NotFound(
        f"There is no Stepline in {folder}. Give its folder with --data-dir, or start one there with: "
        f"stepline serve --data-dir {shlex.quote(str(folder))}"
    )
