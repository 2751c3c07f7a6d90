"""Lists over many pages, dropdowns and polls."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson
import pytest

from connectors._kit.context import PolledItem, Result
from connectors._kit.errors import OperationFailed
from tests.support.connector_folder import CREDENTIALS, action, registry_of
from tests.support.service import NOW, Service, caller_for

ROWS = [{"id": number, "name": f"row {number}"} for number in range(25)]


def numbered(request: httpx.Request) -> httpx.Response:
    """A service with pages of 10, numbered from 1."""
    body = orjson.loads(request.content)
    start = (body["page"] - 1) * body["limit"]
    return httpx.Response(200, json={"data": ROWS[start : start + body["limit"]]})


def with_cursor(request: httpx.Request) -> httpx.Response:
    """A service that hands out the place to go on from in two parts."""
    query = parse_qs(request.url.query.decode())
    start = int(query.get("after", ["0"])[0])
    rows = ROWS[start : start + 10]
    meta = {"after": start + 10, "afterId": f"x{start + 10}"} if start + 10 < len(ROWS) else {"after": None}
    return httpx.Response(200, json={"rows": rows, "meta": meta})


PAGE = {"kind": "page", "page": "body.page", "size": "body.limit", "page_size": 10, "items": "{{ response.data }}"}
CURSOR = {
    "kind": "cursor",
    "items": "{{ response.rows }}",
    "next": {"query.after": "{{ response.meta.after }}", "query.afterId": "{{ response.meta.afterId }}"},
}


async def collect(tmp_path: Path, paging: dict[str, Any], service: Service, **more: Any) -> Result:
    method = "GET" if "next" in paging or paging["kind"] == "link" else "POST"
    operation = {**action(method, "/rows", paging=paging, **more), "kind": "search"}
    operation.pop("idempotent")
    registry = registry_of(tmp_path, {"orders/create": operation})
    async with caller_for(registry, service) as caller:
        found = registry.operation("shop.orders.create")
        return await caller.execute(found, more.get("sample_input", {}), CREDENTIALS, idempotency_key="k")


async def test_numbered_pages_are_read_until_a_short_one(tmp_path: Path) -> None:
    service = Service(numbered)

    result = await collect(tmp_path, PAGE, service)

    assert result.output == {"items": ROWS, "count": 25}
    assert service.bodies() == [{"page": page, "limit": 10} for page in (1, 2, 3)]


async def test_offset_grows_by_what_came(tmp_path: Path) -> None:
    def service(request: httpx.Request) -> httpx.Response:
        skip = orjson.loads(request.content)["skip"]
        return httpx.Response(200, json={"data": ROWS[skip : skip + 10]})

    paging = {"kind": "offset", "offset": "body.skip", "page_size": 10, "items": "{{ response.data }}"}
    asked = Service(service)

    assert (await collect(tmp_path, paging, asked)).output["count"] == 25
    assert asked.bodies() == [{"skip": 0}, {"skip": 10}, {"skip": 20}]


async def test_every_part_of_a_cursor_is_sent(tmp_path: Path) -> None:
    service = Service(with_cursor)

    result = await collect(tmp_path, CURSOR, service)

    assert result.output["items"] == ROWS
    assert [request.url.query for request in service.requests] == [
        b"",
        b"after=10&afterId=x10",
        b"after=20&afterId=x20",
    ]


async def test_repeated_cursor_ends_the_list(tmp_path: Path) -> None:
    stuck = httpx.Response(200, json={"rows": ROWS[:10], "meta": {"after": 10, "afterId": "x10"}})
    service = Service(stuck)

    result = await collect(tmp_path, CURSOR, service)

    assert len(service.requests) == 2
    assert result.output["count"] == 20


async def test_page_equal_to_the_one_before_ends_the_list(tmp_path: Path) -> None:
    service = Service(httpx.Response(200, json={"data": ROWS[:10]}))

    await collect(tmp_path, PAGE, service)

    assert len(service.requests) == 2


async def test_next_link_is_followed_on_the_same_server_only(tmp_path: Path) -> None:
    link = {
        "Link": '<https://api.shop.example/v1/rows?p=2>; rel="next", <https://api.shop.example/v1/rows>; rel="first"'
    }
    service = Service(httpx.Response(200, json=ROWS[:2], headers=link), httpx.Response(200, json=ROWS[2:3]))
    away = Service(httpx.Response(200, json={"rows": [1], "next": "https://evil.example/rows"}))

    result = await collect(tmp_path / "a", {"kind": "link", "items": "{{ response }}"}, service)
    with pytest.raises(OperationFailed, match="unexpected form") as caught:
        await collect(
            tmp_path / "b", {"kind": "link", "items": "{{ response.rows }}", "next": "{{ response.next }}"}, away
        )

    assert result.output["items"] == ROWS[:3]
    assert str(service.requests[1].url) == "https://api.shop.example/v1/rows?p=2"
    assert service.requests[1].headers["Authorization"] == "Bearer tok-12345"
    assert "evil.example" in caught.value.failure.detail
    assert len(away.requests) == 1


async def test_object_with_numbered_keys_is_a_list_too(tmp_path: Path) -> None:
    service = Service(httpx.Response(200, json={"data": {"1": "b", "0": "a", "10": "c"}}))

    assert (await collect(tmp_path, PAGE, service)).output["items"] == ["a", "b", "c"]


@pytest.mark.parametrize("data", ["text", {"a": 1}, 5])
async def test_anything_else_in_place_of_a_list_is_a_failure(tmp_path: Path, data: Any) -> None:
    with pytest.raises(OperationFailed, match="unexpected form") as caught:
        await collect(tmp_path, PAGE, Service(httpx.Response(200, json={"data": data})))

    assert "list was expected" in caught.value.failure.detail


async def test_collecting_stops_at_the_wanted_number_of_rows(tmp_path: Path) -> None:
    service = Service(numbered)

    result = await collect(
        tmp_path,
        {**PAGE, "max_items": "{{ input.count }}"},
        service,
        output={"names": "{{ items | map('name') }}"},
        sample_input={"count": 12},
        request={"body": {}},
    )

    assert result.output["names"] == [f"row {number}" for number in range(12)]
    assert len(service.requests) == 2


async def test_failure_on_a_later_page_fails_the_whole(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed) as caught:
        await collect(tmp_path, PAGE, Service(httpx.Response(200, json={"data": ROWS[:10]}), httpx.Response(500)))

    assert len(caught.value.exchanges) == 2


OPTIONS = {
    "kind": "options",
    "title": "Rows",
    "description": "All rows.",
    "request": {"method": "POST", "path": "/rows"},
    "paging": {key: value for key, value in PAGE.items() if key != "items"},
    "output": {"items": "{{ response.data }}", "value": "{{ item.id }}", "label": "{{ item.name }}"},
}


async def options(tmp_path: Path, operation: dict[str, Any], service: Service) -> Sequence[dict[str, Any]]:
    registry = registry_of(tmp_path, {"orders/rows": operation})
    async with caller_for(registry, service) as caller:
        return await caller.options(registry.operation("shop.orders.rows"), {}, CREDENTIALS)


async def test_dropdown_lists_all_pages(tmp_path: Path) -> None:
    entries = await options(tmp_path, OPTIONS, Service(numbered))

    assert len(entries) == 25
    assert entries[24] == {"value": 24, "label": "row 24"}


async def test_dropdown_without_paging_is_one_request(tmp_path: Path) -> None:
    service = Service(httpx.Response(200, json={"data": ROWS[:2]}))

    entries = await options(tmp_path, {key: value for key, value in OPTIONS.items() if key != "paging"}, service)

    assert [entry["value"] for entry in entries] == [0, 1]
    assert len(service.requests) == 1


async def test_dropdown_row_without_value_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed, match="unexpected form"):
        await options(tmp_path, OPTIONS, Service(httpx.Response(200, json={"data": [{"name": "x"}]})))


def poll(**more: Any) -> dict[str, Any]:
    return {
        "kind": "trigger",
        "title": "A row appears",
        "description": "Starts.",
        "sample": {},
        "trigger": {
            "mode": "poll",
            "request": {"method": "POST", "path": "/rows"},
            "paging": {key: value for key, value in PAGE.items() if key != "items"},
            "items": "{{ response.data }}",
            "key": "{{ item.id }}",
            **more,
        },
    }


async def polled(
    tmp_path: Path, operation: dict[str, Any], service: Service, last: datetime | None = None
) -> list[PolledItem]:
    registry = registry_of(tmp_path, {"orders/row": operation})
    async with caller_for(registry, service) as caller:
        return await caller.poll(registry.operation("shop.orders.row"), {}, CREDENTIALS, last=last)


async def test_poll_gives_every_row_of_every_page_once(tmp_path: Path) -> None:
    items = await polled(tmp_path, poll(), Service(numbered))

    assert [item.key for item in items] == [str(number) for number in range(25)]
    assert items[3] == PolledItem("3", "", ROWS[3])


async def test_row_that_slips_to_the_next_page_is_given_once(tmp_path: Path) -> None:
    service = Service(httpx.Response(200, json={"data": ROWS[:10]}), httpx.Response(200, json={"data": ROWS[9:12]}))

    items = await polled(tmp_path, poll(), service)

    assert [item.output["id"] for item in items] == list(range(12))


@pytest.mark.parametrize("digest", [True, ["name"], "{{ item.name }}"])
async def test_digest_changes_with_the_row_only(tmp_path: Path, digest: Any) -> None:
    def service(name: str) -> Service:
        return Service(httpx.Response(200, json={"data": [{"id": 1, "name": name, "z": 1}]}))

    operation = poll(digest=digest, emit="changed", output={"who": "{{ item.name }}", "gone": "{{ item.gone }}"})
    first, same, other = [(await polled(tmp_path, operation, service(name)))[0] for name in ("Ada", "Ada", "Bo")]

    assert first.digest
    assert first.digest == same.digest != other.digest
    assert first.output == {"who": "Ada"}


async def test_digest_does_not_depend_on_the_order_of_fields(tmp_path: Path) -> None:
    bodies = [b'{"data":[{"id":1,"a":2,"b":3}]}', b'{"data":[{"b":3,"a":2,"id":1}]}']

    first, second = [
        (await polled(tmp_path, poll(digest=True), Service(httpx.Response(200, content=body))))[0] for body in bodies
    ]

    assert first.digest == second.digest


async def test_request_knows_since_when_to_look(tmp_path: Path) -> None:
    service = Service(httpx.Response(200, json={"data": []}))
    body = {"since": "{{ since }}", "all": "{{ first }}"}
    operation = poll(request={"method": "POST", "path": "/rows", "body": body}, lookback_seconds=600, paging=None)
    del operation["trigger"]["paging"]

    await polled(tmp_path / "a", operation, service)
    await polled(tmp_path / "b", operation, service, last=NOW - timedelta(days=2))

    assert service.bodies() == [
        {"since": "2026-03-02T08:50:00Z", "all": True},
        {"since": "2026-02-28T08:50:00Z", "all": False},
    ]


async def test_rows_that_do_not_count_are_left_out(tmp_path: Path) -> None:
    rows = [{"id": 1, "open": True}, {"id": 2, "open": False}, {"id": 3}]

    items = await polled(tmp_path, poll(when="{{ item.open }}"), Service(httpx.Response(200, json={"data": rows})))

    assert [item.key for item in items] == ["1"]


async def test_pages_come_one_by_one_so_that_a_reader_can_stop(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, {"orders/row": poll()})
    service = Service(numbered)

    async with caller_for(registry, service) as caller:
        pages = caller.poll_pages(registry.operation("shop.orders.row"), {}, CREDENTIALS)
        async with aclosing(pages):
            first = await anext(pages)

    assert len(first) == 10
    assert len(service.requests) == 1


async def test_short_page_behind_a_cursor_ends_the_list_where_the_size_is_known(tmp_path: Path) -> None:
    service = Service(httpx.Response(200, json={"rows": ROWS[:3], "meta": {"after": 3, "afterId": "x3"}}))

    await collect(tmp_path, {**CURSOR, "page_size": 10}, service)

    assert len(service.requests) == 1


async def test_row_without_key_is_a_failure_and_not_lost_silently(tmp_path: Path) -> None:
    with pytest.raises(OperationFailed, match="unexpected form"):
        await polled(tmp_path, poll(), Service(httpx.Response(200, json={"data": [{"name": "x"}]})))


async def test_list_longer_than_the_page_limit_is_a_failure_and_not_cut_silently(tmp_path: Path) -> None:
    paging = {**poll()["trigger"]["paging"], "max_pages": 2}

    with pytest.raises(OperationFailed, match="more than 2 pages"):
        await polled(tmp_path, poll(paging=paging), Service(numbered))
