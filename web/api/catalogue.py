"""The catalogue: apps and what Stepline can do there."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, Field

from connectors._kit.errors import UnknownConnector, UnknownOperation
from connectors._kit.model import Connector as ConnectorRecord
from connectors._kit.model import Operation as OperationRecord
from engine.errors import NotFound
from web.api.access import TokenUser
from web.api.answers import Listing
from web.api.routing import api_router, failures
from web.deps import Engine

router = api_router("Catalogue", "/catalogue")

Kind = Literal["trigger", "action", "search", "options"]
Timing = Literal["instant", "polled", "scheduled"]


class Login(BaseModel):
    """One way to log in to an app."""

    key: str
    kind: str = Field(examples=["bearer"])
    title: str
    help: str
    fields: dict[str, Any] = Field(description="JSON Schema of what it asks for.")


class RateLimit(BaseModel):
    """At most so many requests in so many seconds."""

    requests: int
    seconds: int


class Connector(BaseModel):
    """An app that Stepline can talk to."""

    key: str = Field(examples=["mailercloud"])
    name: str = Field(examples=["Mailercloud"])
    description: str
    docs: str
    needs_connection: bool
    logins: list[Login]
    resources: dict[str, str] = Field(description="Groups of operations: key → title.")
    operations: int = Field(description="How many there are.")
    rate_limits: list[RateLimit] = Field(description="What the app allows; Stepline keeps to it.")


class Operation(BaseModel):
    """One thing that Stepline can do in an app."""

    id: str = Field(examples=["mailercloud.contacts.upsert"])
    connector: str
    resource: str
    kind: Kind
    title: str
    description: str
    featured: bool
    beta: bool
    effect: Literal["pure", "read", "idempotent_write", "write"] = Field(
        description="What it does outside: nothing, reading, a write that may be repeated, or one that must not be."
    )
    trigger_mode: str | None = Field(description="webhook, catch, poll or schedule; null unless it is a trigger.")
    timing: Timing | None = Field(
        description="When a trigger's events come: at once, at the next look, or by the clock; null for the others."
    )


class OperationDetail(Operation):
    """An operation with its fields."""

    scopes: list[str] = Field(description="Rights that the login needs.")
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    sample_input: dict[str, Any]
    sample: Any = Field(description="An example of its output.")


@router.get("/connectors", summary="List apps", responses=failures())
def list_connectors(user: TokenUser, engine: Engine) -> Listing[Connector]:
    """All apps by name."""
    connectors = sorted(engine.registry.connectors.values(), key=lambda connector: connector.name.lower())
    return Listing(items=[_connector(connector) for connector in connectors])


@router.get("/connectors/{key}", summary="Get an app", responses=failures(404))
def get_connector(
    user: TokenUser, engine: Engine, key: Annotated[str, Path(description="Key of the app.")]
) -> Connector:
    try:
        return _connector(engine.registry.connector(key))
    except UnknownConnector as error:
        raise NotFound("There is no such app.", key) from error


@router.get("/operations", summary="Search operations", responses=failures(422))
def search_operations(
    user: TokenUser,
    engine: Engine,
    text: Annotated[str, Query(description="Words that stand in the title, group, app or description.")] = "",
    connector: Annotated[str | None, Query(description="Only of the app with this key.")] = None,
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
    resource: Annotated[str | None, Query(description="Only of this group.")] = None,
    timing: Annotated[Timing | None, Query(description="Only triggers whose events come like this.")] = None,
    scope: Annotated[str | None, Query(description="Only those that need this right.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 50,
) -> Listing[Operation]:
    """The best matches first."""
    found = engine.registry.search(
        text, connector=connector, kind=kind, resource=resource, timing=timing, scope=scope, limit=limit
    )
    return Listing(items=[Operation(**_shared(operation)) for operation in found])


@router.get("/operations/{operation_id}", summary="Get an operation", responses=failures(404))
def get_operation(
    user: TokenUser, engine: Engine, operation_id: Annotated[str, Path(description="Id of the operation.")]
) -> OperationDetail:
    try:
        operation = engine.registry.operation(operation_id)
    except UnknownOperation as error:
        raise NotFound("There is no such operation.", operation_id) from error
    return OperationDetail(
        **_shared(operation),
        scopes=list(operation.scopes),
        input_schema=dict(operation.input_schema),
        output_schema=dict(operation.output_schema),
        sample_input=dict(operation.sample_input),
        sample=operation.sample,
    )


def _shared(operation: OperationRecord) -> dict[str, Any]:
    return {
        "id": operation.id,
        "connector": operation.connector,
        "resource": operation.resource,
        "kind": operation.kind.value,
        "title": operation.title,
        "description": operation.description,
        "featured": operation.featured,
        "beta": operation.beta,
        "effect": operation.effect,
        "trigger_mode": operation.trigger.mode if operation.trigger else None,
        "timing": operation.timing,
    }


def _connector(connector: ConnectorRecord) -> Connector:
    return Connector(
        key=connector.key,
        name=connector.name,
        description=connector.description,
        docs=connector.docs,
        needs_connection=connector.needs_connection,
        logins=[
            Login(key=auth.key, kind=auth.kind, title=auth.title, help=auth.help, fields=dict(auth.fields))
            for auth in connector.auth
        ],
        resources={key: resource.title for key, resource in connector.resources.items()},
        operations=len(connector.operations),
        rate_limits=[RateLimit(requests=limit.requests, seconds=limit.seconds) for limit in connector.rate_limits],
    )
