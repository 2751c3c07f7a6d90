"""The catalogue: every app and everything Stepline can do there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from connectors._kit.errors import UnknownOperation
from connectors._kit.model import Connector, Operation, Resource, Timing
from connectors._kit.registry import Registry
from engine.assembly import Stepline
from engine.errors import NotFound
from web import editing, step_form
from web.deps import Engine, SignedIn
from web.editing import Spot
from web.forms import Posted, first
from web.htmx import redirect, render

router = APIRouter()
KINDS = ("trigger", "action", "search")
TIMINGS: Mapping[Timing, str] = {"instant": "At once", "polled": "By looking regularly", "scheduled": "By the clock"}
SHOWN = 200
"""Hits on one page; more than that is a reason to look more closely."""
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
def list_operations(
    request: Request,
    user: SignedIn,
    engine: Engine,
    q: str = "",
    kind: str = "",
    app: str = "",
    group: str = "",
    timing: str = "",
    scope: str = "",
) -> Response:
    """The apps; as soon as something is looked for, the operations that are meant."""
    connectors = engine.registry.connectors
    chosen = connectors.get(app)
    group = group if chosen and group in chosen.resources else ""
    scopes = _scopes(chosen) if chosen else ()
    scope = scope if scope in scopes else ""
    searching = bool(q or kind or app or timing)
    found = _search(engine.registry, q, kind, app, group, timing, scope) if searching else []
    return render(
        request,
        "catalogue/index.html",
        fragment="catalogue/_results.html",
        q=q,
        kind=kind,
        app=app,
        group=group,
        timing=timing,
        scope=scope,
        chosen=chosen,
        scopes=scopes,
        kinds=KINDS,
        timings=TIMINGS,
        searching=searching,
        found=len(found),
        operations=found[:SHOWN],
        connectors=sorted(connectors.values(), key=lambda connector: connector.name.lower()),
        count_of=_count_of,
        names={key: connector.name for key, connector in connectors.items()},
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
    operation = _operation(engine, key, resource, name)
    return render(
        request,
        "catalogue/operation.html",
        operation=operation,
        connector=engine.registry.connector(key),
        timings=TIMINGS,
        usable=operation.kind in KINDS,
        workflows=engine.workflows.list() if operation.kind in ("action", "search") else (),
    )


@router.post("/catalogue/{key}/{resource}/{name}/use")
def use_operation(
    request: Request, user: SignedIn, engine: Engine, key: str, resource: str, name: str, form: Posted
) -> Response:
    """A trigger begins a new workflow; all else becomes the last step of the chosen one, or of a new one."""
    operation = _operation(engine, key, resource, name)
    if operation.kind not in KINDS:
        raise NotFound("This operation cannot be a part of a workflow.", operation.id)
    known = engine.connections.list(key)
    connection = known[0].id if len(known) == 1 else None  # where there is only one account, nobody needs to choose it
    if operation.kind == "trigger":
        trigger: dict[str, Any] = {"operation": operation.id, "connection": connection, "input": {}}
        workflow = engine.workflows.create(operation.title, {"trigger": trigger, "steps": []}, owner_id=user.id)
        return redirect(request, f"/workflows/{workflow.id}/edit?step=@trigger")
    chosen = first(form, "workflow")
    workflow = engine.workflows.get(chosen) if chosen else engine.workflows.create(operation.title, owner_id=user.id)
    step = {**step_form.fresh(workflow.draft, "", operation), "connection": connection}
    definition = editing.inserted(workflow.draft, Spot("/steps", len(workflow.draft["steps"])), step)
    engine.versions.save_draft(workflow.id, definition, workflow.draft_revision)
    return redirect(request, f"/workflows/{workflow.id}/edit?step={step['key']}")


def _operation(engine: Stepline, key: str, resource: str, name: str) -> Operation:
    try:
        return engine.registry.operation(f"{key}.{resource}.{name}")
    except UnknownOperation:
        raise NotFound("There is no such operation.", f"{key}.{resource}.{name}") from None


def _search(
    registry: Registry, text: str, kind: str, app: str, group: str, timing: str, scope: str
) -> Sequence[Operation]:
    """Everything that people can use and that fits; unknown choices find nothing."""
    if timing and timing not in TIMINGS:
        return ()
    found = registry.search(
        text,
        connector=app or None,
        kind=kind or None,
        resource=group or None,
        timing=cast("Timing | None", timing or None),
        scope=scope or None,
        limit=len(registry.operations()),
    )
    return [operation for operation in found if operation.kind in KINDS]


def _scopes(connector: Connector) -> Sequence[str]:
    return sorted({scope for operation in connector.operations.values() for scope in operation.scopes})


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
