"""The option by which every command takes its data directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        file_okay=False,
        help="The folder with the data. Without it: STEPLINE_DATA_DIR, else your user's data folder.",
    ),
]
