"""Long lists: swept page by page, to the end and not further."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.connectors.mailercloud.vendor import Answer, carry_out, operation


def contact(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"c{number}", "email": f"person{number}@example.com", "name": f"Person {number}", **more}


def list_of(rows: Sequence[Any]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        start = (asked["page"] - 1) * asked["limit"]
        return httpx.Response(200, json={"data": rows[start : start + asked["limit"]], "contact_count": len(rows)})

    return answer


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (99, 1), (100, 2), (1_050, 11)])
async def test_every_contact_of_a_list_is_polled_once(count: int, calls: int) -> None:
    rows = [contact(number) for number in range(count)]

    outcome = await carry_out(operation("contacts.created"), {"list_id": "fxYzKq"}, list_of(rows))

    assert [item.key for item in outcome.output] == [row["id"] for row in rows]
    assert len(outcome.requests) == calls


async def test_any_changed_field_changes_the_digest() -> None:
    trigger = operation("contacts.updated")

    before = await carry_out(trigger, {"list_id": "fxYzKq"}, list_of([contact(1), contact(2)]))
    after = await carry_out(trigger, {"list_id": "fxYzKq"}, list_of([contact(1, city="Bath"), contact(2)]))

    assert before.output[0].digest != after.output[0].digest
    assert before.output[1].digest == after.output[1].digest


async def test_finished_campaigns_beyond_the_first_page_are_found() -> None:
    rows = [{"id": f"k{n}", "name": "News", "status": "Finished" if n in (3, 150) else "Draft"} for n in range(180)]

    outcome = await carry_out(operation("campaigns.finished"), {}, list_of(rows))

    assert [item.key for item in outcome.output] == ["k3", "k150"]


async def test_dropdown_offers_all_lists() -> None:
    rows = [{"id": f"l{number}", "name": f"List {number}"} for number in range(130)]

    outcome = await carry_out(operation("lists.options"), {}, list_of(rows))

    assert outcome.output[0] == {"value": "l0", "label": "List 0"}
    assert len(outcome.output) == 130


async def test_contact_is_found_by_exact_address_whatever_its_capitals() -> None:
    rows = [contact(number) for number in range(150)] + [{"id": "x", "email": "Jane@Example.com", "name": "Jane"}]

    found = await carry_out(
        operation("contacts.find_by_email"), {"list_id": "fxYzKq", "email": "jane@example.com"}, list_of(rows)
    )
    similar = await carry_out(
        operation("contacts.find_by_email"), {"list_id": "fxYzKq", "email": "ne@example.com"}, list_of(rows)
    )

    assert found.output == {"id": "x", "email": "Jane@Example.com", "first_name": "Jane"}
    assert len(found.requests) == 2
    assert similar.output is None
