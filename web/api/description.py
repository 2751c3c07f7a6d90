"""The OpenAPI 3.1 description of the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from web import __version__
from web.api.answers import Problem

INTRODUCTION = """
Everything a program may do with a Stepline server.

Send an API token with every request: `Authorization: Bearer sl_…`. A token acts for the user who made it.
Times are ISO 8601 in UTC. Long lists come in pages, newest first: send `next` of one page as `before` to get
the page after it. What goes wrong is answered as `application/problem+json`.

Events do not enter here: other systems deliver them to the address of a hook, `/hooks/…`.
""".strip()

TAGS = [
    {"name": "Workflows", "description": "A trigger and the steps after it; switched on or off."},
    {"name": "Runs", "description": "One execution of a workflow for one event."},
    {"name": "Events", "description": "What reached this server, whether or not it started anything."},
    {"name": "Connections", "description": "Accounts in other apps. Their secrets are never shown."},
    {"name": "Recipes", "description": "Ready-made workflows."},
    {"name": "Catalogue", "description": "The apps that Stepline can talk to and what it can do there."},
    {"name": "Health", "description": "Whether this server works."},
]


def serve(router: APIRouter) -> Callable[[Request], Awaitable[Response]]:
    """A handler that answers with the description of this router's routes; public, since it holds no secret."""

    @cache
    def written() -> bytes:
        return orjson.dumps(describe(router))

    async def openapi(request: Request) -> Response:
        return Response(written(), media_type="application/json", headers={"Access-Control-Allow-Origin": "*"})

    return openapi


def describe(router: APIRouter) -> dict[str, Any]:
    described = get_openapi(
        title="Stepline API",
        version=__version__,
        description=INTRODUCTION,
        tags=TAGS,
        routes=router.routes,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    schemas = described["components"]["schemas"]
    # Referred to by every failure, but FastAPI adds only the models of answers that it sends itself.
    _, definitions = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
    schemas.update(definitions["$defs"])
    for operation in (operation for methods in described["paths"].values() for operation in methods.values()):
        _drop_stock_failure(operation["responses"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return described


def _drop_stock_failure(answers: dict[str, Any]) -> None:
    """FastAPI describes a 422 of its own for every route with a parameter, even where no value can be wrong."""
    if "application/json" in answers.get("422", {}).get("content", {}):
        del answers["422"]
