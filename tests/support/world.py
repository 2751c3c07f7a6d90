"""The real engine and connectors against the sandbox's two accounts: no sockets, a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from connectors._kit.triggers import trigger_output
from engine.assembly import Stepline, open_stepline
from engine.settings import Settings
from engine.storage.tables import Event, Run
from tests.support.clock import SettableClock
from web.routes.hooks import Hooks
from web.sandbox import Limit, SandboxSettings, create_sandbox
from web.sandbox.settings import SANDBOX_GHL_LOCATION, SANDBOX_GHL_TOKEN, SANDBOX_MAILERCLOUD_KEY
from web.sandbox.state import Sandbox


@dataclass
class World:
    """While `down`, Stepline answers 503 to every event: GoHighLevel sends none of them again. While `late`, events
    stay on the way, until `arrive`.
    """

    stepline: Stepline
    sandbox: Sandbox
    clock: SettableClock
    accounts: dict[str, str]
    asked: list[httpx.Request]
    """What Stepline asked of the services."""
    down: bool = False
    late: bool = False
    on_the_way: list[httpx.Request] = field(default_factory=list)
    after_request: Callable[[httpx.Request], None] = lambda _: None
    """Called when a service has answered."""

    def use(self, slug: str, **settings: Any) -> str:
        """Import a recipe, choose everything and switch it on; the workflow's id."""
        recipe = self.stepline.recipes.get(slug)
        imported = self.stepline.recipes.import_recipe(recipe, connections=self.accounts, settings=settings)
        assert imported.problems == []
        self.stepline.workflows.enable(imported.workflow.id)
        return imported.workflow.id

    def listen(self, operation: str, **input: Any) -> str:
        """A switched-on workflow with this GoHighLevel trigger; its id."""
        trigger = {"operation": f"gohighlevel.{operation}", "connection": self.accounts["ghl"], "input": input}
        step = {"key": "note", "kind": "filter", "rules": [{"left": "a", "test": "is_not_empty"}]}
        workflow = self.stepline.workflows.create(operation, {"trigger": trigger, "steps": [step]})
        return self.stepline.workflows.enable(workflow.id).id

    async def settle(self) -> None:
        """Let polls, deliveries and runs go as far as they can."""
        await self.stepline.due_triggers.check_now()
        for _ in range(3):
            await self.sandbox.courier.settled()
            await self.stepline.dispatcher.claim_due()
            await self.stepline.dispatcher.idle()

    async def arrive(self) -> None:
        """Let what is late arrive."""
        self.late, requests = False, self.on_the_way[:]
        self.on_the_way.clear()
        for request in requests:
            await self.deliver(request)
        await self.stepline.dispatcher.idle()

    async def deliver(self, request: httpx.Request) -> httpx.Response:
        """An event on its way from a service to Stepline."""
        if self.down:
            return httpx.Response(503)
        if self.late:
            self.on_the_way.append(request)
            return httpx.Response(202)
        hooks = httpx.ASGITransport(app=Hooks(self.stepline.receiver, self.stepline.settings.max_event_bytes, {}))
        response = await hooks.handle_async_request(request)
        await response.aread()
        return response

    async def later(self, **duration: float) -> None:
        self.clock.forward(**duration)
        await self.settle()

    def statuses(self, workflow_id: str) -> list[str]:
        """Of the workflow's runs, oldest first."""
        runs = self.stepline.runs.list(workflow_id=workflow_id)
        return [run.status for run in reversed(runs.items)]

    def started(self, workflow_id: str) -> list[Any]:
        """The trigger's data of the workflow's runs, oldest first."""
        trigger = self.stepline.workflows.get(workflow_id).draft["trigger"]
        operation = self.stepline.registry.operation(trigger["operation"])
        query = select(Event.source, Event.payload).join(Run, Run.event_id == Event.id)
        with self.stepline.database.read() as session:
            rows = session.execute(query.where(Run.workflow_id == workflow_id).order_by(Run.id)).all()
        return [trigger_output(operation, payload) if source == "hook" else payload for source, payload in rows]

    def unmatched(self) -> list[str]:
        """Why events started nothing, newest first."""
        return [event.reason for event in self.stepline.events.list(status="unmatched").items]


@asynccontextmanager
async def open_world(data_dir: Path, clock: SettableClock, database_url: str = "") -> AsyncIterator[World]:
    tokens: dict[str, str] = {}
    world: World

    async def deliver(request: httpx.Request) -> httpx.Response:
        return await world.deliver(request)

    async def remember(request: httpx.Request) -> None:
        await request.aread()
        world.asked.append(request)

    async def answered(response: httpx.Response) -> None:
        world.after_request(response.request)

    async def pass_time(seconds: float) -> None:
        clock.forward(seconds=seconds)
        await asyncio.sleep(0)

    limits = SandboxSettings(ghl_burst=Limit(10_000, 10), mailercloud_rate=Limit(10_000, 1))
    courier = httpx.AsyncClient(transport=httpx.MockTransport(deliver))
    app = create_sandbox(limits, clock=clock, http=courier)
    services = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), event_hooks={"request": [remember], "response": [answered]}
    )
    sandbox: Sandbox = app.state.sandbox
    settings = Settings.load(data_dir=data_dir, **({"database_url": database_url} if database_url else {}))
    stepline = open_stepline(settings, http=services, clock=clock, sleep=pass_time)
    await stepline.start()
    for connector, auth, values in _accounts(sandbox):
        connection = stepline.connections.create(connector, auth, connector, values)
        tokens[connector] = connection.id
        sandbox.hooks.add(connector, f"http://stepline.test{stepline.connections.hook(connection.id).path}")
    accounts = {"ghl": tokens["gohighlevel"], "mailercloud": tokens["mailercloud"]}
    world = World(stepline, sandbox, clock, accounts, [])
    yield world
    await sandbox.close()
    await stepline.stop()
    await courier.aclose()


def _accounts(sandbox: Sandbox) -> list[tuple[str, str, dict[str, Any]]]:
    ghl = {
        "token": SANDBOX_GHL_TOKEN,
        "location_id": SANDBOX_GHL_LOCATION,
        "base_url": "http://sandbox.test/ghl",
        "webhook_public_key": sandbox.signer.public_key,
    }
    mailercloud = {
        "api_key": SANDBOX_MAILERCLOUD_KEY,
        "base_url": "http://sandbox.test/mailercloud",
        "base_url_email": "http://sandbox.test/mailercloud-email",
    }
    return [("gohighlevel", "private_token", ghl), ("mailercloud", "api_key", mailercloud)]
