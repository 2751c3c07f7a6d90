"""Tags must exist before a contact can carry them; the connector makes those that are missing."""

from __future__ import annotations

import json

import httpx
import pytest

from connectors._kit.caller import Caller
from connectors._kit.errors import OperationFailed
from tests.connectors.mailercloud.vendor import (
    NOW,
    account,
    carry_out,
    operation,
    registry,
)


class Tags:
    """The tags of one account. `race`: somebody else makes the tag just before we do."""

    def __init__(self, *names: str, race: bool = False) -> None:
        self.names = list(names)
        self.on_contact: list[str] = []
        self._race = race

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        match request.method, request.url.path:
            case "POST", "/v1/tags/search":
                rows = [{"id": f"t{name}", "tag_name": name} for name in self.names]
                return httpx.Response(200, json={"data": rows})
            case "POST", "/v1/tags":
                if self._race:
                    self.names.append(body["name"])
                    return httpx.Response(400, json={"errors": [{"field": "name", "message": "Tag already exist"}]})
                self.names.append(body["name"])
                return httpx.Response(200, json={"id": f"t{body['name']}"})
        self.on_contact = body["tags"]
        return httpx.Response(200, json={"message": "ok"})


async def test_missing_tags_are_made_before_they_are_put_on_the_contact() -> None:
    tags = Tags("vip")

    outcome = await carry_out(operation("contacts.tag"), {"contact": "jane@example.com", "tags": ["vip", "new"]}, tags)

    assert tags.names == ["vip", "new"]
    assert tags.on_contact == ["vip", "new"]
    assert outcome.output == {"tags": ["vip", "new"], "created": ["new"]}


async def test_tag_keeps_the_capitals_it_has_in_mailercloud() -> None:
    tags = Tags("VIP")

    outcome = await carry_out(operation("contacts.tag"), {"contact": "jane@example.com", "tags": ["vip"]}, tags)

    assert tags.names == ["VIP"]
    assert outcome.output == {"tags": ["VIP"], "created": []}


async def test_tag_made_by_somebody_else_meanwhile_is_used() -> None:
    outcome = await carry_out(operation("tags.find_or_create"), {"name": "vip"}, Tags(race=True))

    assert outcome.output == {"id": "tvip", "name": "vip", "created": False}


async def test_refused_tag_is_a_failure() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/tags/search":
            return httpx.Response(200, json={"data": []})
        return httpx.Response(400, json={"errors": [{"field": "name", "message": "name is too long"}]})

    with pytest.raises(OperationFailed, match="name is too long"):
        await carry_out(operation("tags.find_or_create"), {"name": "vip"}, refuse)


async def test_dry_run_looks_tags_up_and_shows_the_change_without_making_it() -> None:
    tags = Tags("vip")
    async with httpx.AsyncClient(transport=httpx.MockTransport(tags)) as http:
        result = await Caller(registry(), http, lambda: NOW).execute(
            operation("contacts.tag"),
            {"contact": "jane@example.com", "tags": ["vip"]},
            account(),
            idempotency_key="run/step",
            dry_run=True,
        )

    search, shown = result.exchanges
    assert result.simulated and tags.on_contact == []
    assert search.response is not None and shown.response is None
    assert (shown.request["method"], shown.request["body"]) == ("PUT", '{"tags":["vip"]}')
