from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.clock import SettableClock
from tests.web.sandbox.world import World
from web.sandbox import SANDBOX_GHL_LOCATION

SEEDED = 3
LIST = "/contacts/?locationId=sandbox-location"


def add_people(world: World, clock: SettableClock, count: int, *, at_once: int = 1) -> set[str]:
    """`at_once` people share each millisecond."""
    ids = set()
    for number in range(count):
        person = {"email": f"person{number}@example.com", "firstName": "Person", "lastName": str(number)}
        ids.add(world.sandbox.ghl.contacts.create(person)["id"])
        if number % at_once == at_once - 1:
            clock.forward(milliseconds=1)
    return ids


async def pages(world: World, limit: int, *keys: str) -> AsyncIterator[list[str]]:
    """Pages of ids; only the given parts of the cursor are sent on."""
    cursor, seen = "", set()
    while cursor not in seen:
        seen.add(cursor)
        answer = (await world.ghl("GET", f"{LIST}&limit={limit}{cursor}")).json()
        yield [contact["id"] for contact in answer["contacts"]]
        cursor = "".join(f"&{key}={answer['meta'][key]}" for key in keys)


async def test_double_cursor_reads_250_contacts_completely_and_each_once(roomy: World, clock: SettableClock) -> None:
    added = add_people(roomy, clock, 250, at_once=7)

    read = [page async for page in pages(roomy, 100, "startAfter", "startAfterId")]

    ids = [contact_id for page in read for contact_id in page]
    assert len(ids) == len(set(ids)) == 250 + SEEDED
    assert added <= set(ids)
    assert [len(page) for page in read] == [100, 100, 53, 0]


async def test_newest_contacts_come_first(world: World, clock: SettableClock) -> None:
    add_people(world, clock, 2)

    answer = (await world.ghl("GET", f"{LIST}&limit=1")).json()

    assert answer["contacts"][0]["contactName"] == "Person 1"
    assert answer["meta"]["total"] == answer["count"] == 2 + SEEDED
    assert answer["meta"]["nextPageUrl"].startswith("http://sandbox.test/ghl/contacts/?locationId=")


async def test_start_after_alone_loses_contacts_added_in_the_same_millisecond(
    roomy: World, clock: SettableClock
) -> None:
    add_people(roomy, clock, 60, at_once=7)

    read = [contact_id async for page in pages(roomy, 10, "startAfter") for contact_id in page]

    assert len(read) < 60 + SEEDED


async def test_start_after_id_alone_reads_the_first_page_again(world: World, clock: SettableClock) -> None:
    add_people(world, clock, 30)

    first, again = [page async for page in pages(world, 10, "startAfterId")]

    assert first == again


@pytest.mark.parametrize("limit", ["0", "101", "many"])
async def test_page_size_out_of_range_is_refused_with_422(world: World, limit: str) -> None:
    response = await world.ghl("GET", f"{LIST}&limit={limit}")

    assert response.status_code == 422


async def test_query_narrows_the_list(world: World) -> None:
    answer = (await world.ghl("GET", f"{LIST}&query=moreau")).json()

    assert [contact["contactName"] for contact in answer["contacts"]] == ["Ada Moreau"]
    assert answer["count"] == 1


async def search(world: World, **body: Any) -> dict[str, Any]:
    request = {"locationId": SANDBOX_GHL_LOCATION, "pageLimit": 100} | body
    response = await world.ghl("POST", "/contacts/search", request)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_search_after_reads_everything_once(roomy: World, clock: SettableClock) -> None:
    add_people(roomy, clock, 250, at_once=7)

    ids: list[str] = []
    answer = await search(roomy)
    while answer["contacts"]:
        ids += [contact["id"] for contact in answer["contacts"]]
        answer = await search(roomy, searchAfter=answer["contacts"][-1]["searchAfter"])

    assert len(ids) == len(set(ids)) == 250 + SEEDED
    assert answer["total"] == 250 + SEEDED


async def test_search_pages_by_number(world: World, clock: SettableClock) -> None:
    add_people(world, clock, 5)

    second = await search(world, page=2, pageLimit=2)

    assert [contact["lastName"] for contact in second["contacts"]] == ["2", "1"]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([{"field": "email", "operator": "eq", "value": "Ada.Moreau@example.com"}], {"Ada"}),
        ([{"field": "email", "operator": "contains", "value": "example"}], {"Ada", "Ben", "Chiara"}),
        ([{"field": "tags", "operator": "contains", "value": "lead"}], {"Ben"}),
        ([{"field": "tags", "operator": "not_exists"}], {"Chiara"}),
        ([{"field": "firstNameLowerCase", "operator": "not_eq", "value": "ada"}], {"Ben", "Chiara"}),
        ([{"field": "dateAdded", "operator": "range", "value": {"gte": "2026-02-28"}}], {"Chiara"}),
        ([{"field": "customFields.sandboxFieldPlan00001", "operator": "eq", "value": "Agency"}], set()),
        (
            [
                {
                    "group": "OR",
                    "filters": [
                        {"field": "firstNameLowerCase", "operator": "eq", "value": "ben"},
                        {"field": "city", "operator": "not_exists"},
                    ],
                }
            ],
            {"Ben"},
        ),
    ],
)
async def test_search_filters(world: World, filters: list[dict[str, Any]], names: set[str]) -> None:
    answer = await search(world, filters=filters)

    assert {contact["firstName"] for contact in answer["contacts"]} == names


async def test_search_sorts_by_a_field(world: World) -> None:
    answer = await search(world, sort=[{"field": "firstNameLowerCase", "direction": "desc"}])

    assert [contact["firstName"] for contact in answer["contacts"]] == ["Chiara", "Ben", "Ada"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"pageLimit": 501}, 422),
        ({"pageLimit": None}, 422),
        ({"page": 101}, 400),
        ({"searchAfter": [1, "nobody"]}, 400),
        ({"filters": [{"field": "email", "operator": "like", "value": "a"}]}, 422),
        ({"startAfterId": "x"}, 422),
    ],
)
async def test_search_the_vendor_does_not_take_is_refused(world: World, body: dict[str, Any], status: int) -> None:
    request = {"locationId": SANDBOX_GHL_LOCATION, "pageLimit": 100} | body

    response = await world.ghl("POST", "/contacts/search", request)

    assert response.status_code == status


async def test_five_thousand_contacts_are_no_trouble(roomy: World, clock: SettableClock) -> None:
    add_people(roomy, clock, 5_000)

    read = [contact_id async for page in pages(roomy, 100, "startAfter", "startAfterId") for contact_id in page]

    assert len(read) == 5_000 + SEEDED


async def test_double_cursor_reads_every_opportunity_once(roomy: World, clock: SettableClock) -> None:
    ghl = roomy.sandbox.ghl
    ada, pipeline = ghl.contacts.get("sandboxContactAda0001"), ghl.pipelines[0]
    for number in range(55):
        values = {"name": f"Deal {number}", "status": "open", "contactId": ada["id"], "pipelineId": pipeline["id"]}
        ghl.opportunities.create(ada, pipeline, values)
        clock.forward(milliseconds=number % 3)
    path = "/opportunities/search?location_id=sandbox-location&limit=20"

    ids, cursor = [], ""
    for _ in range(4):
        answer = (await roomy.ghl("GET", path + cursor)).json()
        ids += [row["id"] for row in answer["opportunities"]]
        cursor = f"&startAfter={answer['meta']['startAfter']}&startAfterId={answer['meta']['startAfterId']}"

    assert len(ids) == len(set(ids)) == 55
    assert answer["opportunities"] == []
