"""Whether this server works: for load balancers and monitoring, without a token."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from engine.errors import StorageUnavailable
from web.api.routing import api_router, failures
from web.deps import Engine

router = api_router("Health", "/health")
probes = APIRouter(include_in_schema=False)


class Health(BaseModel):
    status: Literal["ok"]


@router.get("", summary="Ask whether the server works", responses={503: failures()[503]})
def show_health(engine: Engine) -> Health:
    """Says ok when the database answers. Needs no token and tells nothing else."""
    engine.accounts.has_owner()
    return Health(status="ok")


@probes.get("/healthz")
async def alive(request: Request) -> Response:
    """The process answers; restart it when this does not."""
    return PlainTextResponse("ok")


@probes.get("/readyz")
def ready(engine: Engine) -> Response:
    """The database answers too; send no traffic while it does not."""
    try:
        engine.accounts.has_owner()
    except StorageUnavailable as error:
        return PlainTextResponse(error.message, 503)
    return PlainTextResponse("ok")
