"""The operator's own connectors: folders in the data directory, used beside those that Stepline brings.

Each process looks at the folders every few seconds and loads what has changed, so that a connector that was imported
or edited is there without a restart. A folder with mistakes is left out; its problems stand in `registry.problems`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock

from connectors._kit import loader
from connectors._kit.check import check
from connectors._kit.errors import Problem
from connectors._kit.model import Connector
from connectors._kit.registry import Registry
from engine.errors import Conflict, Refused
from engine.ids import new_id

log = logging.getLogger(__name__)

_SOUND = ".checked"
"""In a connector's folder: the mark of the files that a check found nothing wrong with."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    mark: str
    connector: Connector | None
    problems: tuple[Problem, ...]


def all_connectors(folder: Path) -> Registry:
    """Those that Stepline brings and those in `folder`, as they are now; `problems` of both."""
    registry = Registry.load(strict=False)
    ConnectorFolders(folder, registry).refresh()
    return registry


class ConnectorFolders:
    """Keeps a registry true to `folder`; the connectors that the registry holds at first cannot be replaced.

    Safe to share between threads. Everything but `start` and `stop` blocks on the disk.
    """

    def __init__(self, folder: Path, registry: Registry, *, look_every: float = 2.0) -> None:
        """`look_every`: seconds between two looks."""
        self.folder = folder
        self._registry = registry
        self._look_every = look_every
        self._built_in = dict(registry.connectors)
        self._built_in_problems = registry.problems
        self._loaded: dict[Path, _Loaded] = {}
        self._turn = Lock()
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look regularly from now on."""
        self._watch = asyncio.create_task(self._look_regularly(), name="connector folders")

    async def stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch

    def refresh(self) -> bool:
        """Load what has changed since the last look; True when something had."""
        with self._turn:
            marks = {path: _mark(path) for path in self._paths()}
            if marks == {path: loaded.mark for path, loaded in self._loaded.items()}:
                return False
            self._loaded = {path: self._still(path, mark) or self._load(path, mark) for path, mark in marks.items()}
            own = [loaded.connector for loaded in self._loaded.values() if loaded.connector is not None]
            problems = [problem for loaded in self._loaded.values() for problem in loaded.problems]
            self._registry.replace([*self._built_in.values(), *own], [*self._built_in_problems, *problems])
            return True

    def holds(self, key: str) -> bool:
        """Whether there is a folder for a connector of this key, sound or not."""
        return (self.folder / key).is_dir()

    def save(self, key: str, files: Mapping[str, bytes], *, replace: bool = False) -> Path:
        """Write a connector's files, by path inside its folder, all at once; it can be used when this returns.

        Raises Refused for the key of a connector that Stepline brings, Conflict where a folder is in the way and
        must not be replaced.
        """
        if key in self._built_in:
            raise Refused(f"“{key}” is a connector that Stepline brings. Choose another key.")
        target = self.folder / key
        if target.exists() and not replace:
            raise Conflict(f"There is already a connector “{key}”. Choose another key, or replace it.")
        fresh = self._beside(key)
        for name, content in files.items():
            file = fresh / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        self._put_away(target)
        fresh.rename(target)
        self.refresh()
        return target

    def remove(self, key: str) -> None:
        """Take an own connector away. Steps that use it fail until it is back."""
        self._put_away(self.folder / key)
        self.refresh()

    async def _look_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._look_every)
            try:
                if await asyncio.to_thread(self.refresh):
                    log.info("loaded the connectors in %s again", self.folder)
            except OSError as error:
                log.error("could not look at the connectors in %s; those loaded before stay (%s)", self.folder, error)

    def _paths(self) -> list[Path]:
        return loader.find_folders([self.folder]) if self.folder.is_dir() else []

    def _still(self, path: Path, mark: str) -> _Loaded | None:
        known = self._loaded.get(path)
        return known if known is not None and known.mark == mark else None

    def _load(self, path: Path, mark: str) -> _Loaded:
        if path.name in self._built_in:
            text = "Stepline brings a connector of this name; rename the folder and the key in its manifest."
            return _Loaded(mark, None, (Problem(loader.shown(path), "", text),))
        problems = [] if _was_sound(path, mark) else check([path])
        connector = None
        if not problems:
            connector, problems = loader.load_folder(path)
            _note_sound(path, mark)
        return _Loaded(mark, connector, tuple(problems))

    def _beside(self, key: str) -> Path:
        """A new place on the same disk that no look takes for a connector."""
        return self.folder / f".{key}-{new_id()}"

    def _put_away(self, path: Path) -> None:
        if path.exists():
            old = self._beside(path.name)
            path.rename(old)
            shutil.rmtree(old, ignore_errors=True)


def _was_sound(path: Path, mark: str) -> bool:
    """Whether just these files were checked before: a check of a large API takes longer than loading it."""
    try:
        return (path / _SOUND).read_text(encoding="utf-8") == mark
    except OSError:
        return False


def _note_sound(path: Path, mark: str) -> None:
    with contextlib.suppress(OSError):  # a folder that cannot be written to is checked at every start
        (path / _SOUND).write_text(mark, encoding="utf-8")


def _mark(path: Path) -> str:
    """Differs when any file of the folder was written, added or taken away, or when the rules have changed."""
    digest = blake2b(_rules(), digest_size=16)
    for line in sorted(_files(path)):
        digest.update(line.encode())
    return digest.hexdigest()


@cache
def _rules() -> bytes:
    """What folders are checked against."""
    kit = loader.BUILT_IN / "_kit"
    files = [
        loader.BUILT_IN / "manifest.schema.json",
        loader.BUILT_IN / "operation.schema.json",
        *kit.glob("*rules.py"),
    ]
    return blake2b(b"".join(file.read_bytes() for file in sorted(files)), digest_size=16).digest()


def _files(path: Path) -> Iterator[str]:
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _files(Path(entry.path))
                continue
            if entry.name == _SOUND:
                continue
            facts = entry.stat()
            yield f"{entry.path}\0{facts.st_mtime_ns}\0{facts.st_size}\n"
