"""The API for programs, under /api/v1: JSON in and out, a bearer token in every request, never a cookie."""

from __future__ import annotations

from fastapi import APIRouter

from web.api import catalogue, connections, description, events, health, recipes, runs, workflows

PREFIX = "/api/v1"
NOUNS = (workflows, runs, events, connections, recipes, catalogue, health)

router = APIRouter(prefix=PREFIX)
for _noun in NOUNS:
    router.include_router(_noun.router)
router.add_api_route("/openapi.json", description.serve(router), include_in_schema=False)

__all__ = ["PREFIX", "router"]
