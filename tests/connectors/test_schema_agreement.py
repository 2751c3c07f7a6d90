"""`jsonschema_rs`, which decides, and `jsonschema`, which explains, agree on the schemas of the built-in connectors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from connectors._kit import misfits
from connectors._kit.check import Formats
from connectors._kit.registry import Registry
from connectors._kit.schema import CompiledSchema, compile_schema

REGISTRY = Registry.load()
PLACES = 12  # so many of a sample are changed, to keep this short
FOLDER = Path(__file__).parents[2] / "connectors"
STRANGE: tuple[Any, ...] = (
    None,
    "",
    "x",
    "a\n",
    "٣",
    0,
    -1,
    1.5,
    10**30,
    True,
    [],
    ["x", "x"],
    {},
    {"a b": 1},
    "y" * 300,
)


def mutations(value: Any, salt: int) -> Iterator[Any]:
    """The value with one place changed: replaced by something strange, left out, or with an unknown neighbour."""
    all_places = list(places(value))
    yield STRANGE[salt % len(STRANGE)]
    for number, (*above, last) in enumerate(all_places[1 :: len(all_places) // PLACES + 1]):
        for change in ("replace", "remove", "add"):
            changed = parent = deepcopy(value)
            for part in above:
                parent = parent[part]
            if change == "replace":
                parent[last] = STRANGE[(salt + number) % len(STRANGE)]
            elif change == "remove":
                del parent[last]
            elif isinstance(parent, dict):
                parent["unknown"] = 1
            yield changed


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*path, key))


def disagreements(compiled: CompiledSchema, sample: Any, salt: int, documents: Mapping[str, Any]) -> list[Any]:
    return [
        value
        for value in (sample, *mutations(sample, salt))
        if compiled.is_valid(value) is bool(misfits.find(compiled.schema, value, documents))
    ]


@pytest.mark.parametrize("connector", sorted(REGISTRY.connectors))
def test_both_libraries_agree_on_mutated_samples(connector: str) -> None:
    operations = REGISTRY.connectors[connector].operations.values()
    schemas = [(each.id, each.input_schema, each.sample_input or {}) for each in operations]
    schemas += [(each.id, each.output_schema, each.sample) for each in operations]

    found = {
        (operation, salt): wrong
        for salt, (operation, schema, sample) in enumerate(schemas)
        if (wrong := disagreements(compile_schema(schema), sample, salt, {}))
    }

    assert found == {}


def test_both_libraries_agree_where_schemas_refer_to_each_other() -> None:
    formats = Formats()

    for salt, name in enumerate(("gohighlevel", "mailercloud", "webhook")):
        manifest = json.loads((FOLDER / name / "manifest.json").read_text())
        assert disagreements(formats.manifest, manifest, salt, formats.documents) == []
    for salt, file in enumerate(sorted(FOLDER.glob("*/operations/*/*.json"))[::40]):
        operation = json.loads(file.read_text())
        assert disagreements(formats.operation, operation, salt, formats.documents) == [], file
