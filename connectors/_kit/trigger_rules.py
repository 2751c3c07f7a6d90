"""What must hold in the `trigger` of an operation beyond the JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from connectors._kit import references
from connectors._kit.errors import Problem
from connectors._kit.functions import load_function
from connectors._kit.loader import Folder
from connectors._kit.references import OUTPUT, POLL, POLL_REQUEST, WEBHOOK, Known

Raw = Mapping[str, Any]


class Place(Protocol):
    """The operation that is being checked."""

    folder: Folder
    manifest: Any
    file: str
    input_schema: Raw
    known: Known

    def problem(self, pointer: str, message: str) -> Problem: ...

    def function(self, name: str, pointer: str) -> Iterator[Problem]: ...


def problems(trigger: Raw, place: Place) -> Iterator[Problem]:
    mode = trigger["mode"]
    if "run" in trigger:
        yield from place.function(trigger["run"], "/trigger/run")
    if mode == "schedule":
        yield from _schedule(place)
    if mode == "webhook" and "webhook" not in place.manifest:
        yield place.problem("/trigger/mode", "The manifest does not say how webhooks arrive (webhook).")
    if mode in ("webhook", "catch"):
        for part in ("output", "dedupe"):
            yield from references.problems(trigger.get(part), place.file, f"/trigger/{part}", WEBHOOK, place.known)
    if mode == "poll":
        yield from _poll(trigger, "/trigger", place, POLL | {"item", "output"})
    if "reconcile" in trigger:
        yield from _poll(trigger["reconcile"], "/trigger/reconcile", place, OUTPUT)
        yield from _reconcile(trigger["reconcile"], place)
    if "together" in trigger:
        yield from _together(trigger["together"], place)
    yield from _where(trigger.get("where", ()), place)


def _schedule(place: Place) -> Iterator[Problem]:
    try:
        load_function(place.folder.path, "next_times")
    except (ImportError, AttributeError, SyntaxError) as error:
        yield place.problem("/trigger/mode", f"operations.py must answer next_times: {error}")


def _poll(spec: Raw, pointer: str, place: Place, identity: frozenset[str]) -> Iterator[Problem]:
    """`identity`: what key and digest may read."""
    if "request" in spec:
        yield from references.request_problems(
            spec["request"], place.manifest, place.file, f"{pointer}/request", place.known, POLL_REQUEST
        )
    roots = {"items": POLL, "paging": POLL, "when": POLL | {"item"}, "output": POLL | {"item"}}
    for part, names in {**roots, "key": identity, "digest": identity}.items():
        yield from references.problems(spec.get(part), place.file, f"{pointer}/{part}", names, place.known)
    if spec.get("emit", "new") != "new" and not spec.get("digest"):
        yield place.problem(f"{pointer}/digest", "Say what tells that an item has changed.")


def _reconcile(spec: Raw, place: Place) -> Iterator[Problem]:
    fields = place.input_schema.get("properties", {})
    for index, name in enumerate(spec.get("needs", ())):
        if name not in fields:
            yield place.problem(f"/trigger/reconcile/needs/{index}", f"“{name}” is not an input of this operation.")
    if "reconcile" in fields and fields["reconcile"].get("type") != "boolean":
        message = "Whether to look for missed events is a yes or no."
        yield place.problem("/input_schema/properties/reconcile/type", message)
    if spec.get("only_changes") and not spec.get("digest"):
        yield place.problem("/trigger/reconcile/digest", "Say what tells that something has changed.")


def _together(name: str, place: Place) -> Iterator[Problem]:
    if place.input_schema.get("properties", {}).get(name, {}).get("type") != "boolean":
        yield place.problem("/trigger/together", f"“{name}” is not an input of this operation that is a yes or no.")
    if not place.manifest.get("webhook", {}).get("expand"):
        message = "The manifest's webhook does not say what one request carries (expand)."
        yield place.problem("/trigger/together", message)


def _where(rules: Sequence[Raw], place: Place) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        pointer = f"/trigger/where/{index}"
        if rule["input"] not in place.input_schema.get("properties", {}):
            yield place.problem(f"{pointer}/input", f"“{rule['input']}” is not an input of this operation.")
        yield from references.problems(rule["value"], place.file, f"{pointer}/value", OUTPUT, place.known)
