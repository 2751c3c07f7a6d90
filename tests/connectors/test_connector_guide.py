"""The guide for connector authors is true: its files are taken from it and checked."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

from connectors._kit.check import check
from connectors._kit.loader import BUILT_IN
from connectors._kit.registry import Registry

GUIDE = (BUILT_IN / "README.md").read_text("utf-8")
FILES = re.findall(r"^`connectors/(acme/[\w/.]+)`\n\n```json\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


def test_files_of_the_guide_make_a_sound_connector(tmp_path: Path) -> None:
    for name, content in FILES:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")

    assert [name for name, _ in FILES] == [
        "acme/manifest.json",
        "acme/operations/orders/note.json",
        "acme/examples/orders/note.json",
    ]
    assert [str(problem) for problem in check([tmp_path / "acme"], examples=True)] == []


def test_guide_names_every_key_of_the_formats() -> None:
    """The tour may leave things to the reference, but not the keys that decide what an operation does."""
    keys = ("idempotent", "output", "found", "paging", "errors", "run", "trigger", "digest", "expand", "x-options")
    for key in (*keys, "where", "reconcile", "since"):
        assert key in GUIDE, key


def test_readme_says_how_many_operations_there_are() -> None:
    readme = (BUILT_IN.parent / "README.md").read_text("utf-8")
    words = r"GoHighLevel \((\d+) [^)]+, (\d+) triggers\).+?Mailercloud \((\d+) and (\d+)\).+?and (\d+) more"
    stated = re.search(words, readme, re.DOTALL)
    assert stated

    kinds: dict[str, Counter[bool]] = defaultdict(Counter)
    for operation in Registry.load().operations():
        if operation.kind != "options":
            known = operation.connector if operation.connector in ("gohighlevel", "mailercloud") else "others"
            kinds[known][operation.kind == "trigger"] += 1

    big, small, others = kinds["gohighlevel"], kinds["mailercloud"], kinds["others"].total()
    assert [int(number) for number in stated.groups()] == [big[False], big[True], small[False], small[True], others]
