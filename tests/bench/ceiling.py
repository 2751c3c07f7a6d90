"""The ceiling: the least a durable intake can do on this machine.

A bare ASGI application that reads the same event, stores one row of it in a group commit with the same SQLite
settings, and answers 202. What Stepline does more than this is what its runs cost.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import uvicorn
from sqlalchemy import Connection, insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.clock import system_clock
from engine.ids import new_id
from engine.storage import migrations
from engine.storage.database import Database
from engine.storage.journal import Journal, Write
from engine.storage.tables import Event


@dataclass(frozen=True, slots=True)
class StoreEvent(Write[None]):
    id: str
    key: str
    payload: Any
    at: datetime

    @classmethod
    def apply(cls, connection: Connection, database: Database, writes: Sequence[StoreEvent]) -> Sequence[None]:
        rows = [
            {
                "id": write.id,
                "dedupe": write.key,
                "source": "hook",
                "status": "accepted",
                "reason": "",
                "payload": write.payload,
                "created_at": write.at,
            }
            for write in writes
        ]
        connection.execute(insert(Event), rows)
        return [None] * len(writes)


def create_app(database_url: str) -> Starlette:
    database = Database.open(database_url)
    migrations.upgrade(database)
    journal = Journal(database)

    async def receive(request: Request) -> Response:
        payload = orjson.loads(await request.body())
        event = StoreEvent(new_id(), request.headers["idempotency-key"], payload, system_clock())
        await journal.write(event)
        answer = {"status": "accepted", "event_ids": [event.id], "message": ""}
        return Response(orjson.dumps(answer), 202, media_type="application/json")

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        journal.start()
        yield
        journal.close()
        database.close()

    return Starlette(routes=[Route("/hooks/{token}", receive, methods=["POST"])], lifespan=life)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database_url")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    app = create_app(given.database_url)
    uvicorn.run(app, port=given.port, loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
