"""Importing an API: from an OpenAPI description to a connector in the data directory, looked at before it is kept."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from connectors._kit.errors import Problem as KitProblem
from connectors._kit.model import Connector
from connectors._kit.registry import Registry
from engine.connector_folders import ConnectorFolders
from engine.errors import Conflict, Invalid, NotFound, Problem, Refused
from engine.ids import new_id

if TYPE_CHECKING:
    from connectors._kit.openapi import Imported, Note

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
HEADER = re.compile(r"[A-Za-z0-9-]{1,80}")
_KEPT_SECONDS = 24 * 3600
BAD_KEY = "A key begins with a small letter and has only small letters, digits and _; at most 60 of them."


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would make. With `obstacle` it cannot be saved under this key as things are."""

    key: str
    name: str
    imported: Imported
    obstacle: str = ""
    replaces: bool = False

    @property
    def notes(self) -> Sequence[Note]:
        return self.imported.notes

    @property
    def operations(self) -> int:
        return len(self.imported.operations)


class ApiImport:
    """Blocks on the disk and for as long as reading the description takes.

    Descriptions that are being looked at wait in `waiting` for a day.
    """

    def __init__(self, folders: ConnectorFolders, registry: Registry, waiting: Path) -> None:
        self._folders = folders
        self._registry = registry
        self._waiting = waiting

    def keep(self, content: str) -> str:
        """Put a description aside while somebody looks at what would come of it; returns its id. Raises Invalid."""
        self.preview(content)
        self._waiting.mkdir(parents=True, exist_ok=True)
        for file in self._waiting.iterdir():
            if time.time() - file.stat().st_mtime > _KEPT_SECONDS:
                file.unlink(missing_ok=True)
        file = self._waiting / new_id()
        file.write_text(content, encoding="utf-8")
        return file.name

    def kept(self, kept_id: str) -> str:
        """Raises NotFound."""
        file = self._waiting / kept_id
        if not kept_id.isalnum() or not file.is_file():
            raise NotFound("This description is no longer here. Choose its file again.", kept_id)
        return file.read_text(encoding="utf-8")

    def own(self) -> Sequence[Connector]:
        """The connectors in the data directory that can be used, by name."""
        own = [found for found in self._registry.connectors.values() if self._folders.holds(found.key)]
        return sorted(own, key=lambda connector: connector.name.lower())

    def remove(self, key: str) -> None:
        """Raises NotFound for what is no connector of the data directory."""
        if not KEY.fullmatch(key) or not self._folders.holds(key):
            raise NotFound("There is no imported connector with this key.", key)
        self._folders.remove(key)

    def preview(self, content: bytes | str, key: str = "", name: str = "", signature_header: str = "") -> Preview:
        """The connector of a description; key and name default to its title. Raises Invalid.

        `signature_header`: where its webhooks carry an HMAC SHA-256 of the body; "" = they are not signed.
        """
        # Loading the importer would be a good part of the start, and hardly anybody imports.
        from connectors._kit.openapi import NotADescription, import_openapi, problems_of, suggested_key

        try:
            proposed, title = suggested_key(content)
            key, name = key.strip() or proposed, name.strip() or title
            check_key(key)
            imported = import_openapi(content, key, name, _header(signature_header))
        except NotADescription as error:
            raise Invalid(str(error)) from error
        if not imported.operations:
            raise Invalid("Nothing in this description can be carried over.", _left_out(imported.notes))
        problems = problems_of(key, imported.files)
        if problems:
            raise Invalid("The connector that this description makes is not sound.", _mended(problems))
        return Preview(key, name, imported, self._obstacle(key), self._folders.holds(key))

    def save(self, preview: Preview, *, replace: bool = False) -> Connector:
        """Keep it; it can be used when this returns. Raises Refused or Conflict where its key is taken."""
        if preview.obstacle:
            raise Refused(preview.obstacle)
        if preview.replaces and not replace:
            raise Conflict(f"There is already a connector “{preview.key}”. Choose another key, or replace it.")
        self._folders.save(preview.key, preview.imported.files, replace=replace)
        return self._registry.connector(preview.key)

    def _obstacle(self, key: str) -> str:
        if key in self._registry.connectors and not self._folders.holds(key):
            return f"Stepline brings a connector with the key “{key}”. Choose another one."
        return ""


def _header(name: str) -> str:
    name = name.strip()
    if name and not HEADER.fullmatch(name):
        raise Invalid(f"“{name}” is not the name of a header, such as X-Signature.")
    return name


def check_key(key: str) -> None:
    """Raises Invalid for what cannot be a connector's key."""
    if not KEY.fullmatch(key):
        raise Invalid(f"“{key}” cannot be a key. {BAD_KEY}", [Problem(BAD_KEY, "/key", field="key")])


def _left_out(notes: Sequence[Note]) -> list[Problem]:
    return [Problem(note.message, note.pointer) for note in notes if note.weight == "left_out"]


def _mended(problems: Sequence[KitProblem]) -> list[Problem]:
    return [Problem(problem.message, f"{problem.file}{problem.pointer}") for problem in problems[:50]]
