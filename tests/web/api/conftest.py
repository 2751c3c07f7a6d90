"""The API over a whole, working engine in a temporary folder; only the network is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.accounts import User
from engine.assembly import Stepline, open_stepline
from engine.settings import Settings
from engine.workflows import WorkflowRecord
from web.app import create_app

Script = Callable[[httpx.Request], httpx.Response]
SECRET = "key-that-must-never-be-shown"


@dataclass
class Network:
    """What steps and connection tests reach: every address answers as the script says."""

    script: Script = lambda request: httpx.Response(200, json={"ok": True})
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.script(request)


@dataclass
class Api:
    """The engine behind the API, and clients for whoever calls it."""

    stepline: Stepline
    network: Network
    app: Any
    owner: User
    teammate: User

    @asynccontextmanager
    async def client(self, user: User | None) -> AsyncIterator[httpx.AsyncClient]:
        """Calls with a token of `user`, or without any."""
        headers = {}
        if user is not None:
            headers["Authorization"] = f"Bearer {self.stepline.accounts.create_token(user.id, 'test')[0]}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://stepline.test", headers=headers) as client:
            yield client

    def workflow(self, *steps: dict[str, Any], name: str = "Greet") -> WorkflowRecord:
        """A workflow with a hook of its own, switched off."""
        definition = {"trigger": {"operation": "webhook.hooks.received", "input": {}}, "steps": list(steps)}
        return self.stepline.workflows.create(name, definition)

    async def idle(self) -> None:
        """Every run has gone as far as it can."""
        async with asyncio.timeout(10):
            await self.stepline.dispatcher.idle()

    async def run(self, workflow: WorkflowRecord, payload: Any = None) -> str:
        """The id of a test run that has gone as far as it can."""
        version = self.stepline.versions.snapshot(workflow.id)
        accepted = await self.stepline.run_control.start(workflow.id, version.id, payload or {}, mode="test")
        await self.idle()
        return accepted.run_ids[0]

    def connection_id(self) -> str:
        return self.stepline.connections.create("mailercloud", "api_key", "Ours", {"api_key": SECRET}).id


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    network = Network()
    settings = Settings(data_dir=tmp_path, public_url="http://stepline.test")
    http = httpx.AsyncClient(transport=httpx.MockTransport(network))
    stepline = open_stepline(settings, http=http, claims=False)
    owner = stepline.accounts.create_user("anna@example.com", "Anna", None, "owner")
    teammate = stepline.accounts.create_user("ben@example.com", "Ben", None)
    await stepline.start()
    yield Api(stepline, network, create_app(stepline, settings), owner, teammate)
    await stepline.stop()


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """The owner's."""
    async with api.client(api.owner) as client:
        yield client


@pytest.fixture
async def stranger(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client(None) as client:
        yield client
