"""Stepline and the sandbox's GoHighLevel with its OAuth, one clock, no sockets."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from connectors._kit.registry import Registry
from engine.assembly import Stepline, open_stepline
from engine.ids import new_id
from engine.intake import NewEvent, Target
from engine.oauth import SignedIn
from engine.settings import Settings
from engine.storage.tables import Run
from tests.support.clock import SettableClock
from web.sandbox import (
    SANDBOX_GHL_CLIENT_ID,
    SANDBOX_GHL_CLIENT_SECRET,
    SANDBOX_GHL_LOCATION,
    Sandbox,
    create_sandbox,
)

SANDBOX = "http://sandbox.test/ghl"
VALUES = {
    "client_id": SANDBOX_GHL_CLIENT_ID,
    "client_secret": SANDBOX_GHL_CLIENT_SECRET,
    "base_url": SANDBOX,
    "authorize_url": f"{SANDBOX}/v2/oauth/chooselocation",
}
SCOPES = "contacts.readonly contacts.write locations.readonly oauth.readonly oauth.write"
GET_ADA = {
    "key": "get",
    "kind": "search",
    "operation": "gohighlevel.contacts.get",
    "input": {"contactId": "sandboxContactAda0001"},
}


class SigningIn:
    """`open` makes one more process on the same database."""

    def __init__(self, data_dir: Path, database_url: str, clock: SettableClock, registry: Registry) -> None:
        self.clock = clock
        self.app = create_sandbox(clock=clock)
        self.sandbox: Sandbox = self.app.state.sandbox
        self.processes: list[Stepline] = []
        self.asked: list[httpx.Request] = []
        self._settings = Settings.load(data_dir=data_dir, database_url=database_url, public_url="https://stepline.test")
        self._registry = registry
        self.user_id = ""

    async def open(self, **options: Any) -> Stepline:
        """`transport` takes the place of the way to the sandbox."""
        transport = options.pop("transport", None) or Recorded(self.app, self.asked)
        opened = open_stepline(
            self._settings,
            http=httpx.AsyncClient(transport=transport),
            registry=self._registry,
            clock=self.clock,
            claims=False,
            **options,
        )
        opened.journal.start()
        await opened.dispatcher.start()
        self.processes.append(opened)
        if not self.user_id:
            link = opened.accounts.create_login_link("setup", None, timedelta(hours=1))
            self.user_id = opened.accounts.claim(link, "anna@example.com", "Anna", "correct horse battery").id
        return opened

    async def close(self) -> None:
        for process in self.processes:
            await process.stop()
        await self.sandbox.close()

    @property
    def stepline(self) -> Stepline:
        return self.processes[0]

    def draft(self, name: str = "Main account", **values: str) -> str:
        """A connection that nobody has signed in yet."""
        given = {**VALUES, "ask_scopes": SCOPES, **values}
        return self.stepline.connections.create("gohighlevel", "oauth", name, given).id

    async def allow(self, url: str, location: str = SANDBOX_GHL_LOCATION) -> dict[str, str]:
        """What the service sends back after somebody chose a location on its page ("" = the whole agency)."""
        choose = url.replace("/chooselocation", "/allow")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as browser:
            answer = await browser.get(choose + f"&location={location}")
        assert answer.status_code == 302, answer.text
        return {name: given[0] for name, given in parse_qs(urlsplit(answer.headers["location"]).query).items()}

    async def connect(self, connection_id: str, location: str = SANDBOX_GHL_LOCATION) -> SignedIn:
        sign_ins = self.stepline.sign_ins
        back = await self.allow(sign_ins.begin(connection_id, self.user_id), location)
        return await sign_ins.finish(back["state"], back.get("code", ""), self.user_id, error=back.get("error", ""))

    def values(self, connection_id: str) -> dict[str, Any]:
        """All values of the connection as they are stored."""
        process = self.stepline
        row = process.connections.get(connection_id)
        process.connections._credentials.forget(connection_id)
        return {**row.public, **process.connections.credentials(connection_id).values}

    def target(self, connection_id: str) -> Target:
        """A switched-on workflow that reads a contact through the connection."""
        definition = {
            "trigger": {"operation": "webhook.hooks.received"},
            "steps": [{**GET_ADA, "connection": connection_id}],
        }
        workflows = self.stepline.workflows
        made = workflows.create("Look up", definition)
        return Target(made.id, workflows.enable(made.id).live_version_id or "")

    async def accept(self, target: Target, process: Stepline | None = None) -> str:
        """Starts a run; returns its id."""
        process = process or self.stepline
        accepted = await process.intake.accept(NewEvent("api", new_id(), {}), [target])
        return accepted.run_ids[0]

    async def run(self, target: Target) -> Run:
        run_id = await self.accept(target)
        await self.stepline.dispatcher.idle()
        return self.row(run_id)

    def row(self, run_id: str) -> Run:
        with self.stepline.database.read() as session:
            return session.get_one(Run, run_id)


class Recorded(httpx.AsyncBaseTransport):
    """To the sandbox, remembering what went there."""

    def __init__(self, app: Any, asked: list[httpx.Request]) -> None:
        self._inner = httpx.ASGITransport(app)
        self._asked = asked

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._asked.append(request)
        return await self._inner.handle_async_request(request)
