"""What changed between two definitions, put together step by step for people to read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from engine.assembly import Stepline
from web.editor import history

LOOKS = {"added": ("plus", "good"), "removed": ("x", "bad"), "moved": ("chevrons-up-down", "info")}
WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: same, removed or added."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`pieces` is the old and the new text in one, for texts that are alike; else `before` and `after` say it."""

    name: str
    before: str
    after: str
    pieces: Sequence[Piece] = ()


@dataclass(slots=True)
class StepChange:
    """All that happened to one step, to the trigger or to a setting."""

    what: str
    words: list[str] = field(default_factory=list)
    """added | removed | moved | changed"""
    fields: list[FieldChange] = field(default_factory=list)

    @property
    def look(self) -> tuple[str, str]:
        """(icon, tone)"""
        return next((LOOKS[word] for word in self.words if word in LOOKS), ("pencil", "warn"))


def compared(engine: Stepline, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[StepChange]:
    """In the order: trigger, settings, removed steps, then the steps of `after`. Empty when nothing changed."""
    found: dict[str, StepChange] = {}
    for change in history.changes(engine, before, after):
        group = found.setdefault(change["what"], StepChange(change["what"]))
        if change["kind"] not in group.words:
            group.words.append(change["kind"])
        if change["kind"] == "changed":
            group.fields.append(_field(change["field"] or "Content", change["before"], change["after"]))
    return list(found.values())


def _field(name: str, before: str, after: str) -> FieldChange:
    if not before or not after:
        return FieldChange(name, before, after)
    pieces = _pieces(before, after)
    kept = sum(len(piece.text) for piece in pieces if piece.kind == "same")
    alike = kept * 2 >= max(len(before), len(after))
    return FieldChange(name, before, after, pieces if alike else ())


def _pieces(before: str, after: str) -> list[Piece]:
    """Word by word."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    pieces: list[Piece] = []
    for how, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            pieces.append(Piece("same", "".join(old[start:end])))
            continue
        if end > start:
            pieces.append(Piece("removed", "".join(old[start:end])))
        if last > first:
            pieces.append(Piece("added", "".join(new[first:last])))
    return pieces
