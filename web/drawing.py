"""A definition as the picture of its steps: what each card says, in the shape of the flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from connectors._kit.registry import Registry
from engine.definition.model import title_of, walk
from engine.errors import Problem
from web import statuses

SAYS = {"filter": "Go on only if", "paths": "Split into paths", "delay": "Wait until", "loop": "For each item"}
UNITS = {"seconds": "second", "minutes": "minute", "hours": "hour", "days": "day", "weeks": "week"}


@dataclass(frozen=True, slots=True)
class Card:
    """One step (or the trigger). `connector` is the key whose icon it wears, else `glyph` names an icon."""

    key: str
    kind: str
    title: str
    kicker: str
    connector: str | None
    glyph: str
    note: str
    problems: tuple[str, ...]
    number: int
    branches: tuple[Lane, ...] = ()
    inside: Lane | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """Steps one below the other. `pointer` is the JSON pointer of their list, for putting a step into it."""

    pointer: str
    cards: tuple[Card, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    trigger: Card
    main: Lane

    def titles(self) -> Mapping[str, str]:
        """What the trigger ("") and each step is called, by key."""
        return {"": self.trigger.title} | {card.key: card.title for card in _cards(self.main)}


def draw(definition: Mapping[str, Any], registry: Registry, problems: Sequence[Problem] = ()) -> Drawing:
    artist = _Artist(registry, problems)
    return Drawing(artist.trigger(definition["trigger"]), artist.lane(definition.get("steps", []), "/steps"))


class _Artist:
    def __init__(self, registry: Registry, problems: Sequence[Problem]) -> None:
        self._registry = registry
        self._numbers = count(1)
        self._problems: dict[str | None, list[str]] = {}
        for problem in problems:
            key = problem.step or ("" if problem.pointer.startswith("/trigger") else None)
            self._problems.setdefault(key, []).append(problem.message)

    def trigger(self, trigger: Mapping[str, Any]) -> Card:
        title, connector = self._operation(trigger["operation"])
        return Card(
            key="",
            kind="trigger",
            title=trigger.get("title") or title,
            kicker=f"Trigger · {self._app(connector)}" if connector else "Trigger",
            connector=connector,
            glyph="zap",
            note=trigger.get("note", ""),
            problems=tuple(self._problems.get("", ())),
            number=0,
        )

    def lane(self, steps: Sequence[Mapping[str, Any]], pointer: str, title: str = "") -> Lane:
        cards = tuple(self.card(step, f"{pointer}/{index}") for index, step in enumerate(steps))
        return Lane(pointer, cards, title)

    def card(self, step: Mapping[str, Any], pointer: str) -> Card:
        look = statuses.KIND[step["kind"]]
        number = next(self._numbers)
        title, connector = self._operation(step["operation"]) if "operation" in step else (_said(step), None)
        branches = tuple(
            self.lane(branch["steps"], f"{pointer}/branches/{index}/steps", title_of(branch))
            for index, branch in enumerate(step.get("branches", ()))
        )
        inside = self.lane(step["steps"], f"{pointer}/steps") if step["kind"] == "loop" else None
        return Card(
            key=step["key"],
            kind=step["kind"],
            title=step.get("title") or title,
            kicker=f"{look.label} · {self._app(connector)}" if connector else look.label,
            connector=connector,
            glyph=look.icon,
            note=step.get("note", ""),
            problems=tuple(self._problems.get(step["key"], ())),
            number=number,
            branches=branches,
            inside=inside,
        )

    def _operation(self, operation_id: str) -> tuple[str, str | None]:
        operation = self._registry.find(operation_id)
        return (operation.title, operation.connector) if operation else (operation_id, None)

    def _app(self, connector: str | None) -> str:
        """The app's name; "" for steps that need no app."""
        return str(self._registry.connectors[connector].name) if connector else ""


def _said(step: Mapping[str, Any]) -> str:
    """What a step of the engine's own does, in a few words."""
    if step["kind"] == "delay" and "for" in step:
        amount, unit = step["for"]["amount"], UNITS[step["for"]["unit"]]
        if not isinstance(amount, int | float):
            return "Wait as long as the data says"
        return f"Wait {amount} {unit}{'' if amount == 1 else 's'}"
    return SAYS.get(step["kind"], str(step["key"]))


def _cards(lane: Lane) -> Iterator[Card]:
    for card in lane.cards:
        yield card
        for inner in (*card.branches, *([card.inside] if card.inside else [])):
            yield from _cards(inner)


def connectors_of(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """Keys of the connectors in the order of their first use, for the icons of a list."""
    from_trigger = [definition["trigger"]["operation"]]
    operations = from_trigger + [step["operation"] for _, step in walk(definition) if "operation" in step]
    return tuple(dict.fromkeys(operation.partition(".")[0] for operation in operations))
