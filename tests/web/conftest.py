"""A web application over a real database in a temporary folder, and browsers to visit it with."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from engine.accounts import Accounts, User
from engine.storage.database import Database
from engine.storage.tables import Base
from engine.vault import Vault
from tests.support.clock import SettableClock
from web.app import create_app

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class WebSettings:
    public_url: str = "http://stepline.test"
    development: bool = True


@dataclass(frozen=True)
class Shell:
    """As much of the engine as accounts need."""

    accounts: Accounts
    vault: Vault


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

    async def post(self, path: str, data: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        return await self.client.post(path, data={"csrftoken": self.csrf, **(data or {})}, headers=headers)


class Site:
    def __init__(self, shell: Shell, settings: WebSettings, clock: SettableClock) -> None:
        self.shell = shell
        self.settings = settings
        self.app: FastAPI = create_app(shell, settings, clock=clock)

    def owner(self) -> User:
        link = self.shell.accounts.create_login_link("setup", None, timedelta(hours=1))
        return self.shell.accounts.claim(link, "anna@example.com", "Anna", PASSWORD)

    @asynccontextmanager
    async def browser(self, user: User | None = None) -> AsyncIterator[Browser]:
        """A fresh browser; signed in when `user` is given."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("198.51.100.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url=self.settings.public_url) as client:
            if user is not None:
                secure = self.settings.public_url.startswith("https")
                name = "__Host-session" if secure else "stepline_session"
                client.cookies.set(name, self.shell.accounts.create_session(user.id))
            yield Browser(client)


@pytest.fixture
def shell(tmp_path: Path, clock: SettableClock) -> Iterator[Shell]:
    database = Database.open(f"sqlite:///{tmp_path / 'stepline.db'}")
    Base.metadata.create_all(database.engine)
    yield Shell(Accounts(database, clock), Vault.open(database, tmp_path / "secret.keys"))
    database.close()


@pytest.fixture
def site(shell: Shell, clock: SettableClock) -> Site:
    return Site(shell, WebSettings(), clock)


@pytest.fixture
def https_site(shell: Shell, clock: SettableClock) -> Site:
    return Site(shell, WebSettings("https://stepline.test", development=False), clock)


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
