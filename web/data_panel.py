"""The data that a step can use: names to put between braces, with sample values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors._kit.registry import Registry
from engine.definition.model import title_of, walk
from web.settings_form import settings_values
from web.step_form import operation_of

DEEPEST = 3
MOST = 60


@dataclass(frozen=True, slots=True)
class Piece:
    """`expression` is ready to paste; `sample` is text to recognise the value by."""

    label: str
    expression: str
    sample: str


@dataclass(frozen=True, slots=True)
class Source:
    """One step (or the trigger, or the settings) whose data can be used."""

    title: str
    pieces: Sequence[Piece]


def sources(definition: Mapping[str, Any], registry: Registry, before: str | None, payload: Any = None) -> list[Source]:
    """What the step with the key `before` can use; None = everything. `payload`: a real event of the workflow."""
    trigger = operation_of(definition["trigger"], registry)
    sample = _overlaid(trigger.sample if trigger else None, payload)
    found = [Source("Trigger", _pieces("trigger", sample))]
    for step in _visible(definition, before):
        operation = operation_of(step, registry)
        name, data = f"steps.{step['key']}", operation.sample if operation else None
        if step["kind"] == "loop":
            data = {"item": "the item", "index": 0}
        found.append(Source(title_of(step), _pieces(name, data)))
    settings = settings_values(definition)
    titles = {key: setting.get("title", key) for key, setting in definition.get("settings", {}).items()}
    pieces = [
        Piece(title, f"{{{{ workflow.settings.{key} }}}}", _text(settings.get(key))) for key, title in titles.items()
    ]
    return [source for source in (*found, Source("Settings", pieces)) if source.pieces]


def _overlaid(sample: Any, payload: Any) -> Any:
    """Real values where there are some; fields that the last event left out stay choosable."""
    if isinstance(sample, Mapping) and isinstance(payload, Mapping):
        return {**sample, **payload}
    return sample if payload is None else payload


def _visible(definition: Mapping[str, Any], before: str | None) -> Iterator[Mapping[str, Any]]:
    """Steps above; those inside a loop are seen only from inside that loop."""
    all_steps = list(walk(definition))
    own = next((pointer for pointer, step in all_steps if step["key"] == before), None)
    loops = [pointer for pointer, step in all_steps if step["kind"] == "loop"]
    for pointer, step in all_steps:
        if step["key"] == before:
            return
        around = [loop for loop in loops if pointer.startswith(loop + "/")]
        hidden = any(not (own or "").startswith(loop + "/") for loop in around)
        is_closed_loop = step["kind"] == "loop" and not (own or "").startswith(pointer + "/")
        if not hidden and not is_closed_loop:
            yield step


def _pieces(name: str, sample: Any) -> list[Piece]:
    found = [
        Piece(".".join(path) or name, f"{{{{ {'.'.join((name, *path))} }}}}", _text(value))
        for path, value in _leaves(sample, ())
    ]
    return found[:MOST]


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Names that are no plain words (`first name`) cannot be written with dots and are left out."""
    if isinstance(value, Mapping) and value and len(path) < DEEPEST:
        for key, inner in value.items():
            if str(key).isidentifier() and not str(key).startswith("_"):
                yield from _leaves(inner, (*path, str(key)))
    elif path:
        yield path, value


def _text(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, list):
        return f"list of {len(value)}"
    if isinstance(value, Mapping):
        return "object"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
