"""All connectors of one Stepline, found by key, id or words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from connectors._kit import functions, loader
from connectors._kit.errors import CheckFailed, Problem, UnknownConnector, UnknownOperation
from connectors._kit.model import Connector, Operation, OperationKind, Timing

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_EMAIL = re.compile(r"\be-mail")
_LOOKING = frozenset(("find", "get", "list", "search"))
"""One and the same to people who look something up."""
_MOST_USED = ("upsert", "created", "create", "add", "send", "find", "update", "search", "get", "list")
"""What people look for first: how the keys of such operations begin."""


@cache
def _built_in() -> tuple[list[Connector], list[Problem]]:
    """Read once in a process, since connectors never change."""
    return loader.load_folders(loader.find_folders())


class Registry:
    """What the connectors are right now; whoever holds it sees them change all at once.

    `problems` lists what could not be loaded when loading was told not to be strict.
    """

    def __init__(self, connectors: Iterable[Connector], problems: Sequence[Problem] = ()) -> None:
        self._contents = _Contents(connectors, problems)

    @classmethod
    def load(cls, folders: Sequence[Path] | None = None, *, strict: bool = True) -> Registry:
        """Loads connector folders, or folders of them; None = the built-in ones.

        Raises CheckFailed with all problems; with strict=False broken connectors are left out instead.
        """
        connectors, problems = _built_in() if folders is None else loader.load_folders(loader.find_folders(folders))
        if strict and problems:
            raise CheckFailed(problems)
        return cls(connectors, problems)

    def replace(self, connectors: Iterable[Connector], problems: Sequence[Problem] = ()) -> None:
        """Hold these connectors from now on. Connectors are immutable: calls under way finish with those they have."""
        self._contents = _Contents(connectors, problems)

    @property
    def connectors(self) -> Mapping[str, Connector]:
        """By key."""
        return self._contents.connectors

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._contents.problems

    def connector(self, key: str) -> Connector:
        """Raises UnknownConnector."""
        try:
            return self._contents.connectors[key]
        except KeyError:
            raise UnknownConnector(key) from None

    def operation(self, id: str) -> Operation:
        """Raises UnknownOperation."""
        try:
            return self._contents.operations[id]
        except KeyError:
            raise UnknownOperation(id) from None

    def find(self, id: str) -> Operation | None:
        """The operation with this id, if there is one."""
        return self._contents.operations.get(id)

    def operations(self) -> tuple[Operation, ...]:
        """All operations, connector by connector."""
        return tuple(self._contents.operations.values())

    def next_times(
        self, operation: Operation, input: Mapping[str, Any], *, after: datetime, count: int = 1
    ) -> list[datetime]:
        """When a schedule trigger falls due after a moment: UTC, ascending. Raises UnusableValue for bad input."""
        folder = self.connector(operation.connector).folder
        return functions.next_times(operation, folder, input, after, count)

    def search(
        self,
        text: str = "",
        *,
        connector: str | None = None,
        kind: OperationKind | str | None = None,
        resource: str | None = None,
        timing: Timing | None = None,
        scope: str | None = None,
        limit: int = 50,
    ) -> list[Operation]:
        """Operations where each word of `text` begins a word of title, keywords, group, app or description; best first.

        Of equally good ones, those of an app's first resources come first, and what people do most with them.
        """
        words = _words(text)
        ranked: list[tuple[float, tuple[int, int, str], Operation]] = []
        for entry in self._contents.index:
            operation = entry.operation
            if connector is not None and operation.connector != connector:
                continue
            if kind is not None and operation.kind != kind:
                continue
            if resource is not None and operation.resource != resource:
                continue
            if timing is not None and operation.timing != timing:
                continue
            if scope is not None and scope not in operation.scopes:
                continue
            score = entry.score(words)
            if score is not None:
                ranked.append((-score - operation.featured, entry.place, operation))
        ranked.sort(key=lambda row: row[:2])
        return [operation for _, _, operation in ranked[:limit]]


class _Contents:
    """Immutable."""

    def __init__(self, connectors: Iterable[Connector], problems: Sequence[Problem]) -> None:
        self.connectors: Mapping[str, Connector] = {connector.key: connector for connector in connectors}
        self.problems = tuple(problems)
        self.operations: Mapping[str, Operation] = {
            operation.id: operation
            for connector in self.connectors.values()
            for operation in connector.operations.values()
        }

    @cached_property
    def index(self) -> list[_Entry]:
        return [_Entry(operation, self.connectors[operation.connector]) for operation in self.operations.values()]


class _Entry:
    """One operation's words, by how much a hit on them is worth."""

    __slots__ = ("_app", "_fields", "operation", "place")

    def __init__(self, operation: Operation, connector: Connector) -> None:
        resource = connector.resources.get(operation.resource)
        self.operation = operation
        self.place = (_position(connector, operation.resource), _usual(operation.key), operation.title)
        self._app = (connector.name.lower(), connector.key)
        self._fields = [
            (weight, _indexed(text))
            for weight, text in (
                (8, " ".join((operation.title, *operation.keywords))),
                (5, " ".join((resource.title, *resource.keywords, resource.key)) if resource else operation.resource),
                (4, " ".join((connector.name, *connector.keywords, connector.key))),
                (2, operation.key),
                (1, operation.description),
            )
        ]

    def score(self, words: Sequence[str]) -> float | None:
        """None unless each word begins some word; a whole word counts a little more than a beginning.

        The app's whole name counts most.
        """
        total = 0.0
        for word in words:
            looking = word in _LOOKING
            best = 9.0 if word in self._app else 0.0
            for weight, own in self._fields:
                if weight < best:
                    break
                for candidate in own:
                    if candidate == word:
                        best = max(best, weight + 0.5)
                    elif candidate.startswith(word) or (looking and candidate in _LOOKING):
                        best = max(best, weight)
            if not best:
                return None
            total += best
        return total


def _words(text: str) -> list[str]:
    """In small letters, “e-mail” as “email”."""
    return _WORD.findall(_EMAIL.sub("email", text.lower()))


def _indexed(text: str) -> list[str]:
    """The words by which a text is found: an “e-mail” by “mail” as well."""
    words = _words(text)
    return [*words, *(word[1:] for word in words if word.startswith("email"))]


def _position(connector: Connector, resource: str) -> int:
    known = list(connector.resources)
    return known.index(resource) if resource in known else len(known)


def _usual(key: str) -> int:
    """Position among what people do most; whatever else there is comes last."""
    return next((rank for rank, start in enumerate(_MOST_USED) if key.startswith(start)), len(_MOST_USED))
