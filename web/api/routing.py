"""What all routes of the API share: their size limit, their names, and the failures they are described with."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

MAX_BODY_BYTES = 4 * 1024 * 1024
PROBLEM_JSON = "application/problem+json"

MEANINGS = {
    400: "The body cannot be read: it is not JSON.",
    401: "There is no API token in the request, or it works no longer.",
    404: "There is no such thing.",
    409: "The thing is in a state that forbids this, or somebody else changed it first.",
    411: "The request does not say how long its body is.",
    413: "The body is too large.",
    422: "Something is missing, is not known or has the wrong form; `problems` lists every place.",
    429: "More work than this server can take in now; try again after the seconds in `Retry-After`.",
    503: "The database cannot be reached.",
}


class ApiRoute(APIRoute):
    """Refuses a body that is too large before anything reads it, even from strangers. Nobody may keep an answer."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            length = request.headers.get("content-length", "0")
            if "transfer-encoding" in request.headers or not length.isdecimal():
                raise HTTPException(411, "Say how long the body is: send Content-Length.")
            if int(length) > MAX_BODY_BYTES:
                raise HTTPException(413, f"The body may have at most {MAX_BODY_BYTES // 1024 // 1024} MB.")
            response = await handle(request)
            response.headers["Cache-Control"] = "no-store"
            return response

        return limited


def api_router(noun: str, path: str) -> APIRouter:
    """A router for one noun, whose operations are named after their functions."""
    return APIRouter(
        prefix=path, tags=[noun], route_class=ApiRoute, generate_unique_id_function=lambda route: route.name
    )


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: what can go wrong, beside a missing token and an unreachable database."""
    return {
        status: {"description": MEANINGS[status], "content": {PROBLEM_JSON: {"schema": _PROBLEM}}}
        for status in sorted({401, 503, *statuses})
    }


def body_failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`failures` of a route that takes a body."""
    return failures(400, 411, 413, 422, *statuses)


_PROBLEM = {"$ref": "#/components/schemas/Problem"}
