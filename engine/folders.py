"""Folders: where workflows that belong together are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from engine.clock import Clock
from engine.errors import Conflict, Invalid, NotFound, Problem
from engine.ids import new_id
from engine.storage.database import Database
from engine.storage.tables import Folder, Workflow


@dataclass(frozen=True, slots=True)
class FolderRecord:
    id: str
    name: str
    workflows: int
    """How many workflows are in it."""


class Folders:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list(self) -> Sequence[FolderRecord]:
        """All folders by name."""
        count = func.count(Workflow.id)
        query = select(Folder.id, Folder.name, count).outerjoin(Workflow, Workflow.folder_id == Folder.id)
        with self._database.read() as session:
            rows = session.execute(query.group_by(Folder.id, Folder.name).order_by(func.lower(Folder.name)))
            return [FolderRecord(*row) for row in rows]

    def create(self, name: str) -> FolderRecord:
        """Raises Invalid, or Conflict when the name is taken."""
        folder = Folder(id=new_id(), name=_valid(name), created_at=self._clock())
        try:
            with self._database.write() as session:
                session.add(folder)
        except IntegrityError as error:
            raise _taken(name) from error
        return FolderRecord(folder.id, folder.name, 0)

    def rename(self, folder_id: str, name: str) -> None:
        """Raises NotFound, Invalid, or Conflict when the name is taken."""
        change = update(Folder).where(Folder.id == folder_id).values(name=_valid(name)).returning(Folder.id)
        try:
            with self._database.write() as session:
                found = session.execute(change).first()
        except IntegrityError as error:
            raise _taken(name) from error
        if found is None:
            raise NotFound("This folder no longer exists.", folder_id)

    def delete(self, folder_id: str) -> None:
        """Its workflows stay, in no folder. Raises NotFound."""
        with self._database.write() as session:
            if session.execute(delete(Folder).where(Folder.id == folder_id).returning(Folder.id)).first() is None:
                raise NotFound("This folder no longer exists.", folder_id)


def _valid(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 120:
        raise Invalid("A folder needs a name.", [Problem("Use 1 to 120 characters.", "/name", field="name")])
    return name


def _taken(name: str) -> Conflict:
    return Conflict(f"There is a folder “{name.strip()}” already.")
