"""Reads connector folders.

`read_folder` gives the parsed files and every problem of reading them; `load_folder` builds the model from it.
Loading trusts the files to be well-formed (the tests and `check` see to that) and does no schema validation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from connectors._kit import parse
from connectors._kit.errors import Problem
from connectors._kit.model import Connector, Operation

BUILT_IN = Path(__file__).resolve().parent.parent
"""The folder that holds the connectors shipped with Stepline."""


@dataclass(slots=True)
class Folder:
    """A connector folder's JSON files, parsed. Operations and examples are keyed by (resource, operation)."""

    path: Path
    manifest: Any = None
    operations: dict[tuple[str, str], Any] = field(default_factory=dict)
    examples: dict[tuple[str, str], Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def operation_file(self, resource: str, key: str) -> str:
        return shown(self.path / "operations" / resource / f"{key}.json")

    def example_file(self, resource: str, key: str) -> str:
        return shown(self.path / "examples" / resource / f"{key}.json")

    @property
    def manifest_file(self) -> str:
        return shown(self.path / "manifest.json")


def shown(path: Path) -> str:
    """The path as people see it: below the working directory or the product's root, else whole."""
    for root in (Path.cwd(), BUILT_IN.parent):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.as_posix()


def find_folders(roots: Sequence[Path] | None = None) -> list[Path]:
    """Connector folders in `roots` (None = the built-in ones): each root is one itself or holds several."""
    found: list[Path] = []
    for root in [BUILT_IN] if roots is None else roots:
        if _is_connector(root):
            found.append(root.resolve())
        else:
            found.extend(_below(root))
    return found


def _below(root: Path) -> Iterator[Path]:
    for path in sorted(root.resolve().iterdir()):
        if path.name[0] not in "._" and _is_connector(path):
            yield path


def _is_connector(path: Path) -> bool:
    return (path / "manifest.json").exists() or (path / "operations").is_dir()


def read_folder(path: Path, *, examples: bool = False) -> Folder:
    """Parses all JSON files of one connector folder. Never raises for bad content: see `problems`."""
    folder = Folder(path)
    folder.manifest = _read_json(path / "manifest.json", folder.problems)
    _read_tree(path / "operations", folder.operations, folder.problems)
    if examples:
        _read_tree(path / "examples", folder.examples, folder.problems)
    return folder


def _read_tree(root: Path, into: dict[tuple[str, str], Any], problems: list[Problem]) -> None:
    for file in sorted(root.rglob("*.json")):
        place = file.relative_to(root).parts
        if len(place) != 2:
            problems.append(Problem(shown(file), "", f"Must lie in {root.name}/<resource>/<operation>.json."))
            continue
        content = _read_json(file, problems)
        if content is not None:
            into[place[0], file.stem] = content


def _read_json(file: Path, problems: list[Problem]) -> Any:
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        problems.append(Problem(shown(file), "", f"Is not valid JSON: {error.msg} in {place}."))
    except OSError as error:
        problems.append(Problem(shown(file), "", f"Cannot be read: {error.strerror}."))
    return None


def load_folder(path: Path) -> tuple[Connector | None, list[Problem]]:
    """The connector in this folder, or None and every reason why it cannot be built."""
    folder = read_folder(path)
    problems = folder.problems
    if not isinstance(folder.manifest, dict):
        return None, problems or [Problem(folder.manifest_file, "", "Must be a JSON object.")]
    operations: dict[str, Operation] = {}
    for (resource, key), raw in folder.operations.items():
        try:
            built = parse.operation(path.name, resource, key, raw)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problems.append(_unreadable(folder.operation_file(resource, key), error))
        else:
            operations[built.id] = built
    try:
        connector = parse.connector(folder.manifest, _icon(path, folder.manifest), path, operations)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problems.append(_unreadable(folder.manifest_file, error))
        return None, problems
    return (None if problems else connector), problems


def load_folders(paths: Iterable[Path]) -> tuple[list[Connector], list[Problem]]:
    """Every connector that can be built, and every problem of those that cannot."""
    connectors: list[Connector] = []
    problems: list[Problem] = []
    for path in paths:
        connector, found = load_folder(path)
        problems.extend(found)
        if connector is not None:
            connectors.append(connector)
    return connectors, problems


def _unreadable(file: str, error: Exception) -> Problem:
    reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
    return Problem(file, "", f"Cannot be loaded: {reason}. Run the check for details.")


def _icon(path: Path, manifest: dict[str, Any]) -> str:
    """The connector's icon.svg, or a square with its first letter in its colour."""
    file = path / "icon.svg"
    if file.exists():
        return file.read_text("utf-8")
    letter = str(manifest.get("name", "?"))[:1].upper()
    color = manifest.get("color", "#64748b")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" aria-hidden="true">'
        f'<rect width="24" height="24" rx="5" fill="{color}"/>'
        '<text x="12" y="17" font-size="14" font-family="sans-serif" font-weight="600" '
        f'text-anchor="middle" fill="#fff">{letter if letter.isalnum() else "?"}</text></svg>'
    )
