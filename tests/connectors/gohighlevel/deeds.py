"""What people do in the sandbox's GoHighLevel, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx

from tests.support.world import World

ADA = "sandboxContactAda0001"
PIPELINE = "sandboxPipelineSales1"
STAGES = [f"sandboxStage{number:09d}" for number in range(4)]


def add_contacts(world: World, count: int, **values: Any) -> list[str]:
    """Their ids; three at a time share a millisecond."""
    found = []
    for number in range(count):
        person = {"email": f"{uuid4()}@example.com", "firstName": "Person", **values}
        found.append(world.sandbox.ghl.contacts.create(person)["id"])
        world.clock.forward(milliseconds=number % 3 // 2)
    return found


def add_deal(world: World, name: str = "Sofas") -> dict[str, Any]:
    ghl = world.sandbox.ghl
    values = {"name": name, "status": "open", "contactId": ADA, "pipelineId": PIPELINE}
    return ghl.opportunities.create(ghl.contacts.get(ADA), ghl.pipeline(PIPELINE), values)


def move(world: World, deal: dict[str, Any], **values: Any) -> None:
    world.sandbox.ghl.opportunities.change(deal, values, world.sandbox.ghl.pipeline(PIPELINE))


def ids(events: Sequence[Any]) -> list[str]:
    return [event["id"] for event in events]


def asked(world: World, path: str) -> list[httpx.Request]:
    return [request for request in world.asked if request.url.path.endswith(path)]
