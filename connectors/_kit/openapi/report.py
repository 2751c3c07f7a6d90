"""What an import could not carry over as it stands, and what it had to guess."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Weight = Literal["left_out", "changed", "guessed"]


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """`pointer` is a JSON pointer into the description; `message` is plain English.

    left_out: not in the connector · changed: there, but not exactly as described · guessed: worth a look.
    """

    pointer: str
    weight: Weight
    message: str


@dataclass(slots=True)
class Report:
    """Collects notes; the same note twice is one."""

    _notes: dict[Note, None] = field(default_factory=dict)

    def left_out(self, pointer: str, message: str) -> None:
        self._notes[Note(pointer, "left_out", message)] = None

    def changed(self, pointer: str, message: str) -> None:
        self._notes[Note(pointer, "changed", message)] = None

    def guessed(self, pointer: str, message: str) -> None:
        self._notes[Note(pointer, "guessed", message)] = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """In the order of the description's places."""
        return tuple(sorted(self._notes))

    def counts(self) -> dict[str, int]:
        """Notes by weight."""
        return dict(Counter(note.weight for note in self._notes))
