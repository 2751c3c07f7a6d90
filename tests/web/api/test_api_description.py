"""The OpenAPI description is complete, valid and true."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from web.api import router
from web.api.description import describe

DESCRIBED = describe(router)

BY_ROUTE: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DESCRIBED["paths"].items()
    for method, operation in methods.items()
}
OPERATIONS = [pytest.param(operation, id=route) for route, operation in BY_ROUTE.items()]


def test_description_is_valid_openapi_3_1() -> None:
    assert DESCRIBED["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(DESCRIBED).validate()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_route_says_what_it_does_and_what_it_answers(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["tags"]
    success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    assert "$ref" in success["content"]["application/json"]["schema"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_failure_is_described_as_a_problem(operation: dict[str, Any]) -> None:
    failures = {status: answer for status, answer in operation["responses"].items() if not status.startswith("2")}

    assert "503" in failures
    assert ("401" in failures) == bool(operation.get("security"))
    for answer in failures.values():
        assert answer["description"]
        assert list(answer["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_route_with_a_body_says_that_it_may_be_unreadable(operation: dict[str, Any]) -> None:
    assert ("400" in operation["responses"]) == ("requestBody" in operation)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_parameter_is_explained(operation: dict[str, Any]) -> None:
    unexplained = [found["name"] for found in operation.get("parameters", []) if not found.get("description")]

    assert unexplained == []


def test_names_of_operations_are_unique() -> None:
    names = [operation["operationId"] for operation in BY_ROUTE.values()]

    assert len(names) == len(set(names))


def test_every_noun_is_explained() -> None:
    used = {tag for operation in BY_ROUTE.values() for tag in operation["tags"]}

    assert used == {tag["name"] for tag in DESCRIBED["tags"]}


async def test_server_hands_out_the_same_description(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/api/v1/openapi.json")

    assert answer.json() == DESCRIBED
