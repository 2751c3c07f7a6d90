"""Checks connector folders: `python -m connectors._kit.check [--examples] [FOLDER …]`.

Prints every problem of every folder by file and JSON pointer and exits with 1 if there are any. Without folders the
built-in connectors are checked. A folder is a connector or holds several; operations of the built-in connectors are
known as sources of dropdowns in any case.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from connectors._kit import loader, rules
from connectors._kit.errors import Problem
from connectors._kit.loader import BUILT_IN, Folder
from connectors._kit.schema import CompiledSchema

_BASE = "https://stepline.invalid/"  # only a name: the schemas refer to each other by file name


class Formats:
    """The JSON Schemas of the three kinds of files in a connector folder."""

    def __init__(self) -> None:
        files = [BUILT_IN / "manifest.schema.json", BUILT_IN / "operation.schema.json"]
        self.documents = {_BASE + file.name: orjson.loads(file.read_bytes()) for file in files}

        def compiled(reference: str) -> CompiledSchema:
            return CompiledSchema({"$ref": _BASE + reference}, self.documents)

        self.manifest = compiled("manifest.schema.json")
        self.operation = compiled("operation.schema.json")
        self.examples = compiled("operation.schema.json#/$defs/examples")


def check(folders: Sequence[Path] | None = None, *, examples: bool = False) -> list[Problem]:
    """Every problem of every connector in these folders (None = the built-in ones), sorted by file.

    With `examples` each example is run too, without network, in an event loop of its own.
    """
    formats = Formats()
    read = [loader.read_folder(path, examples=True) for path in loader.find_folders(folders)]
    if folders is not None and not read:
        return [Problem(loader.shown(folder), "", "Holds no connector.") for folder in folders]
    problems: list[Problem] = []
    sound: list[Folder] = []
    for folder in read:
        found = [*folder.problems, *_shape_problems(folder, formats)]
        problems.extend(found)
        if not found:
            sound.append(folder)
    known = _option_sources(read)
    for folder in sound:
        found = list(rules.problems(folder, known))
        problems.extend(found)
        if examples and not found:
            problems.extend(_example_problems(folder))
    return sorted(set(problems))


def _shape_problems(folder: Folder, formats: Formats) -> Iterator[Problem]:
    """Where the files do not fit the JSON Schemas."""
    if folder.manifest is not None:
        yield from formats.manifest.problems(folder.manifest, folder.manifest_file)
    for place, raw in folder.operations.items():
        yield from formats.operation.problems(raw, folder.operation_file(*place))
    for place, raw in folder.examples.items():
        yield from formats.examples.problems(raw, folder.example_file(*place))


def _option_sources(folders: Iterable[Folder]) -> dict[str, Any]:
    """Raw operations by id: those being checked and the built-in ones."""
    paths = {folder.path: folder for folder in folders}
    for path in loader.find_folders():
        paths.setdefault(path, loader.read_folder(path))
    return {
        f"{path.name}.{resource}.{key}": raw
        for path, folder in paths.items()
        for (resource, key), raw in folder.operations.items()
    }


def _example_problems(folder: Folder) -> list[Problem]:
    from connectors._kit import examples  # imports the HTTP client, which a plain check does not need

    return examples.problems(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m connectors._kit.check", description="Check connector folders.")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="default: the built-in connectors")
    parser.add_argument("--examples", action="store_true", help="run every example as well")
    options = parser.parse_args(arguments)
    problems = check(options.folders or None, examples=options.examples)
    for problem in problems:
        print(problem)
    count = len(problems)
    print(f"{count} problem{'' if count == 1 else 's'}." if count else "No problems.", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
