"""Checks a connector that was made before it is written where others see it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from connectors._kit.check import check
from connectors._kit.errors import Problem


def problems_of(key: str, files: Mapping[str, bytes]) -> list[Problem]:
    """What the kit's check says to these files as the folder `key`; `file` is the path inside it."""
    with tempfile.TemporaryDirectory(prefix="stepline-connector-") as root:
        folder = Path(root).resolve() / key
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        found = check([folder])
        start = f"{folder.as_posix()}/"
        return [Problem(problem.file.removeprefix(start), problem.pointer, problem.message) for problem in found]
