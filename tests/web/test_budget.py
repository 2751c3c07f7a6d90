"""What a browser has to load stays small."""

from __future__ import annotations

import gzip
from pathlib import Path

STATIC = Path(__file__).parents[2] / "web" / "static"
SCRIPTS = 200_000
"""Bytes of JavaScript, ours and that of others, compressed as browsers get it."""
STYLES = 60_000


def compressed(*suffixes: str) -> dict[str, int]:
    files = (file for file in STATIC.rglob("*") if file.suffix in suffixes)
    return {file.relative_to(STATIC).as_posix(): len(gzip.compress(file.read_bytes(), 6)) for file in files}


def test_all_scripts_together_stay_within_their_budget() -> None:
    sizes = compressed(".js", ".mjs")
    assert any(name.startswith("vendor/") for name in sizes)
    assert sum(sizes.values()) < SCRIPTS, sorted(sizes.items(), key=lambda item: -item[1])[:8]


def test_styles_stay_within_their_budget() -> None:
    sizes = compressed(".css")
    assert sum(sizes.values()) < STYLES, sorted(sizes.items(), key=lambda item: -item[1])[:8]


def test_pictures_of_the_readme_are_small() -> None:
    folder = STATIC / "img" / "readme"
    sizes = {file.name: file.stat().st_size for file in folder.glob("*")}
    assert len(sizes) == 4
    assert max(sizes.values()) < 150_000, sizes
