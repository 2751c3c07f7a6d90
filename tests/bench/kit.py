"""`python -m tests.bench.kit`: what the connector kit costs at every step, beside reading the same values from JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from connectors._kit.expressions import compile_template
from connectors._kit.schema import compile_schema

REPEAT, ROUNDS = 2_000, 7
VALUE: dict[str, Any] = {"email": "ada@example.com", "age": 36, "tags": ["a"], "address": {"city": "london"}}
SCOPE: dict[str, Any] = {
    "trigger": VALUE,
    "workflow": {"settings": {"list": 1}},
    "steps": {"find": {"contact": {"id": 5}}},
}
TEMPLATE = {
    "email": "{{ trigger.email }}",
    "name": "{{ trigger.address.city | title }} {{ trigger.age }}",
    "list": "{{ workflow.settings.list }}",
    "found": "{{ steps.find.contact.id }}",
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["email"],
    "properties": {
        "email": {"type": "string", "format": "email"},
        "age": {"type": "integer", "minimum": 0},
        "tags": {"type": "array", "items": {"type": "string"}},
        "address": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def main() -> None:
    template, schema, text = compile_template(TEMPLATE), compile_schema(SCHEMA), json.dumps(VALUE)
    reading = microseconds(lambda: json.loads(text))
    print(f"{'connector kit, best of ' + str(ROUNDS):<44} {'µs':>8}   times reading the JSON")
    for name, act in {
        "fill a template of four expressions": lambda: template.render(SCOPE),
        "hold a value of four fields against a schema": lambda: schema.accept(VALUE),
        "read that value from JSON": lambda: json.loads(text),
    }.items():
        taken = microseconds(act)
        print(f"{name:<44} {taken:>8.2f} {taken / reading:>10.1f}")


def microseconds(act: Callable[[], object]) -> float:
    def once() -> float:
        began = time.perf_counter()
        for _ in range(REPEAT):
            act()
        return 1e6 * (time.perf_counter() - began) / REPEAT

    return min(once() for _ in range(ROUNDS))


if __name__ == "__main__":
    main()
