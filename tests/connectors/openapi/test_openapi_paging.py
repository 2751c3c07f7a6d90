"""Pages of imported lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.openapi.descriptions import Raw, get, made, notes, only, query

ROWS = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}


def listing(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"data": ROWS, **fields}}


@pytest.mark.parametrize(
    ("parameters", "schema", "paging"),
    [
        (
            [query("page", "integer"), query("per_page", "integer")],
            listing(),
            {"kind": "page", "page": "query.page", "first": 1, "size": "query.per_page", "page_size": 20},
        ),
        (
            [query("offset", "integer"), {**query("limit"), "schema": {"type": "integer", "maximum": 50}}],
            listing(),
            {"kind": "offset", "offset": "query.offset", "size": "query.limit", "page_size": 50},
        ),
        (
            [query("pageToken")],
            listing(nextPageToken={"type": "string"}),
            {"kind": "cursor", "next": {"query.pageToken": "{{ response['nextPageToken'] }}"}},
        ),
        (
            [query("cursor")],
            listing(meta={"type": "object", "properties": {"next_cursor": {"type": "string"}}}),
            {"kind": "cursor", "next": {"query.cursor": "{{ response['meta']['next_cursor'] }}"}},
        ),
        (
            [query("page", "integer")],
            listing(next={"type": "string", "format": "uri"}),
            {"kind": "link", "next": "{{ response['next'] }}"},
        ),
    ],
)
def test_pages_are_guessed_and_the_guess_is_marked(parameters: list[Raw], schema: Raw, paging: Raw) -> None:
    imported = made({"/orders": {"get": get(parameters, schema)}})
    operation = only(imported)

    rows = {"items": "{{ response['data'] }}", "max_items": "{{ input.max_items | default(100) }}"}
    assert operation["paging"] == {**paging, **rows}
    assert operation["output"] == {"items": "{{ items }}"}
    assert list(operation["input_schema"]["properties"]) == ["max_items"]
    assert operation["certainty"].startswith("guessed")
    assert any(message.startswith("Its pages are read by") for message in notes(imported, "guessed"))


def test_list_without_pages_is_one_answer() -> None:
    operation = only(made({"/orders": {"get": get([query("state")], ROWS)}}))

    assert "paging" not in operation
    assert operation["output"] == {"items": "{{ response }}"}
    assert operation["found"] == "{{ output.items }}"
