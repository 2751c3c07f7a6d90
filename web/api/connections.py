"""Connections: accounts in other apps. Secrets go in elsewhere and come out nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field

from engine.assembly import Stepline
from engine.connections import ConnectionRecord
from web.api.access import TokenUser
from web.api.answers import Answer, Listing
from web.api.routing import api_router, failures
from web.deps import Engine

router = api_router("Connections", "/connections")

ConnectionId = Annotated[str, Path(description="Id of the connection.")]


class Connection(Answer):
    """An account in another app, without its secrets."""

    id: str
    name: str = Field(examples=["Our Mailercloud"])
    connector: str = Field(description="Key of the app.", examples=["mailercloud"])
    auth: str = Field(description="Key of the kind of login.", examples=["api_key"])
    status: Literal["untested", "ok", "failing", "faulty", "needs_reconnect"] = Field(
        description="failing, needs_reconnect: the log-in is refused. faulty: the test failed for another reason."
    )
    status_message: str = Field(description="The account's name when ok, else what went wrong.")
    tested_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Use(Answer):
    """A workflow that uses a connection."""

    workflow_id: str
    name: str
    enabled: bool


class ConnectionDetail(Connection):
    """A connection with its readable values and the workflows that use it."""

    public: dict[str, Any] = Field(
        description="Its values that are not secret.", examples=[{"location_id": "ve9EPM428h8vShlRW1KT"}]
    )
    used_by: list[Use]


class TestResult(Answer):
    """What a harmless request with the credentials showed."""

    __test__ = False  # the name is the product's, not pytest's

    ok: bool
    message: str = Field(description="The account's name, or what went wrong.")
    remedy: str = Field(description="What to do about it.")


@router.get("", summary="List connections", responses=failures(422))
def list_connections(
    user: TokenUser,
    engine: Engine,
    connector: Annotated[str | None, Query(description="Only those of the app with this key.")] = None,
) -> Listing[Connection]:
    """All connections by name."""
    return Listing(items=[Connection.model_validate(record) for record in engine.connections.list(connector)])


@router.get("/{connection_id}", summary="Get a connection", responses=failures(404))
def get_connection(user: TokenUser, engine: Engine, connection_id: ConnectionId) -> ConnectionDetail:
    return _detail(engine, engine.connections.get(connection_id))


@router.post("/{connection_id}/test", summary="Test a connection", responses=failures(404))
async def test_connection(user: TokenUser, engine: Engine, connection_id: ConnectionId) -> TestResult:
    """Makes a harmless request and notes what it showed. A refused login is an answer with `ok` false."""
    return TestResult.model_validate(await engine.connections.test(connection_id))


def _detail(engine: Stepline, record: ConnectionRecord) -> ConnectionDetail:
    return ConnectionDetail(
        **Connection.model_validate(record).model_dump(),
        public=dict(record.public),
        used_by=[Use.model_validate(use) for use in engine.connections.used_by(record.id)],
    )
