"""The catalogue: every app and everything Stepline can do there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from connectors._kit.model import Connector, Operation, Resource
from engine.errors import NotFound
from web.deps import Engine, SignedIn
from web.htmx import render

router = APIRouter()
KINDS = ("trigger", "action", "search")
ICON_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The operations of one resource."""

    resource: Resource
    operations: Sequence[Operation]


@router.get("/connectors/{key}/icon.svg")
def show_icon(key: str, engine: Engine) -> Response:
    connector = engine.registry.connectors.get(key)
    if connector is None:
        raise NotFound("There is no such connector.", key)
    headers = {"Cache-Control": "public, max-age=86400", "Content-Security-Policy": ICON_POLICY}
    return Response(connector.icon, media_type="image/svg+xml", headers=headers)


@router.get("/catalogue")
def list_connectors(
    request: Request, user: SignedIn, engine: Engine, q: str = "", kind: str = "", app: str = ""
) -> Response:
    searching = bool(q or kind or app)
    found = engine.registry.search(q, kind=kind or None, connector=app or None, limit=200) if searching else []
    return render(
        request,
        "catalogue/index.html",
        fragment="catalogue/_results.html",
        q=q,
        kind=kind,
        app=app,
        kinds=KINDS,
        searching=searching,
        operations=[operation for operation in found if operation.kind in KINDS],
        connectors=sorted(engine.registry.connectors.values(), key=lambda connector: connector.name.lower()),
        count_of=_count_of,
        names={key: connector.name for key, connector in engine.registry.connectors.items()},
        problems=engine.registry.problems,
    )


@router.get("/catalogue/{key}")
def show_connector(request: Request, user: SignedIn, engine: Engine, key: str) -> Response:
    connector = engine.registry.connectors.get(key)
    if connector is None:
        raise NotFound("There is no such connector.", key)
    return render(
        request,
        "catalogue/connector.html",
        connector=connector,
        shelves=_shelves(connector),
        connections=engine.connections.list(key),
    )


@router.get("/catalogue/{key}/{resource}/{name}")
def show_operation(request: Request, user: SignedIn, engine: Engine, key: str, resource: str, name: str) -> Response:
    operation = next(iter(o for o in engine.registry.operations() if o.id == f"{key}.{resource}.{name}"), None)
    if operation is None:
        raise NotFound("There is no such operation.", f"{key}.{resource}.{name}")
    connector = engine.registry.connector(key)
    return render(request, "catalogue/operation.html", operation=operation, connector=connector)


def _count_of(connector: Connector, kind: str) -> int:
    return sum(1 for operation in connector.operations.values() if operation.kind == kind)


def _shelves(connector: Connector) -> list[Shelf]:
    order = {kind: index for index, kind in enumerate(KINDS)}
    shelves = []
    for key, resource in connector.resources.items():
        operations = [o for o in connector.operations.values() if o.resource == key and o.kind in order]
        if operations:
            operations.sort(key=lambda o: (order[o.kind], not o.featured, o.title))
            shelves.append(Shelf(resource, operations))
    return shelves
