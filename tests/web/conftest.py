"""A web application over a real database in a temporary folder, and browsers to visit it with."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from engine.accounts import User
from engine.assembly import Stepline, open_stepline
from engine.connections import ConnectionRecord
from engine.settings import Settings
from engine.workflows import WorkflowRecord
from tests.support.clock import SettableClock
from web.app import create_app

PASSWORD = "correct horse battery"


@dataclass
class Browser:
    """Keeps cookies like a browser and sends the CSRF token of the last page it saw with every form."""

    client: httpx.AsyncClient
    csrf: str = ""
    last: httpx.Response | None = field(default=None, repr=False)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        response = await self.client.get(path, headers=headers)
        if found := re.search(r'"x-csrftoken": "([^"]+)"', response.text):
            self.csrf = found[1]
        self.last = response
        return response

    async def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        return await self.client.post(path, data={"csrftoken": self.csrf, **(data or {})}, headers=headers)


class Outside:
    """The rest of the internet: answers as told, remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[str, httpx.Response] = {}

    def says(self, path: str, body: Any = None, status: int = 200) -> None:
        """How requests whose path begins like this are answered; the longest beginning counts."""
        self.answers[path] = httpx.Response(status, json={} if body is None else body)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        known = [path for path in self.answers if request.url.path.startswith(path)]
        found = self.answers[max(known, key=len)] if known else httpx.Response(200, json={})
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)


class Site:
    """`shell` is the engine's container."""

    def __init__(self, stepline: Stepline) -> None:
        self.shell = stepline
        self.settings = stepline.settings
        self.app: FastAPI = create_app(stepline, stepline.settings)

    def owner(self) -> User:
        link = self.shell.accounts.create_login_link("setup", None, timedelta(hours=1))
        return self.shell.accounts.claim(link, "anna@example.com", "Anna", PASSWORD)

    def connect(self, name: str = "Mailercloud") -> ConnectionRecord:
        return self.shell.connections.create("mailercloud", "api_key", name, {"api_key": "k-123"})

    def workflow(self, *steps: dict[str, Any], name: str = "Greet") -> WorkflowRecord:
        """Starts by its own hook."""
        definition = {"trigger": {"operation": "webhook.hooks.received"}, "steps": list(steps)}
        return self.shell.workflows.create(name, definition)

    @asynccontextmanager
    async def browser(self, user: User | None = None, *, address: str = "198.51.100.7") -> AsyncIterator[Browser]:
        """A fresh browser; signed in when `user` is given."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=self.settings.public_url) as client:
            if user is not None:
                secure = self.settings.public_url.startswith("https")
                name = "__Host-session" if secure else "stepline_session"
                client.cookies.set(name, self.shell.accounts.create_session(user.id))
            yield Browser(client)


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
async def open_site(tmp_path: Path, clock: SettableClock, outside: Outside) -> AsyncIterator[Callable[[str], Site]]:
    """Opens a site under a public URL; development pages are there unless it is https."""
    opened: list[Stepline] = []

    def open_one(public_url: str) -> Site:
        settings = Settings.load(data_dir=tmp_path, public_url=public_url, development=public_url.startswith("http:"))
        http = httpx.AsyncClient(transport=httpx.MockTransport(outside))
        stepline = open_stepline(settings, http=http, clock=clock, working=False)
        opened.append(stepline)
        return Site(stepline)

    yield open_one
    for stepline in opened:
        await stepline.http.aclose()
        stepline.close()


@pytest.fixture
def site(open_site: Callable[[str], Site]) -> Site:
    return open_site("http://stepline.test")


@pytest.fixture
def https_site(open_site: Callable[[str], Site]) -> Site:
    return open_site("https://stepline.test")


@pytest.fixture
async def working(site: Site) -> AsyncIterator[Site]:
    """A site whose runs really run."""
    site.shell.journal.start()
    await site.shell.dispatcher.start()
    yield site
    await site.shell.dispatcher.stop(5)


@pytest.fixture
async def stranger(site: Site) -> AsyncIterator[Browser]:
    async with site.browser() as browser:
        yield browser


@pytest.fixture
async def anna(site: Site) -> AsyncIterator[Browser]:
    """The owner, signed in, with a page open."""
    async with site.browser(site.owner()) as browser:
        await browser.get("/glossary")
        yield browser
