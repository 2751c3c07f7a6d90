"""The webhook events the vendor documents."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.connectors.gohighlevel.vendor_schemas import example_of

_TYPE_NAMES = ("string", "boolean", "number")


@cache
def documented_events(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Payloads of every event: the vendor's examples, or one made from the schema where there is none."""
    events = {}
    for file in sorted((folder / "webhooks").glob("*.json")):
        page = json.loads(file.read_bytes())
        # One example lists the fields' types instead of values.
        examples = [item for item in page["examples"] if not any(value in _TYPE_NAMES for value in item.values())]
        events[page["event"]] = examples or [example_of(page["schema"])]
    return events
