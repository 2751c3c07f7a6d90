"""Serving a scene and visiting it with Chromium, for pictures and for checks of every page."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from engine.accounts import User
from engine.assembly import Stepline, open_stepline
from engine.settings import Settings
from tests.pictures.shots import Shot
from web.app import create_app

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]


@dataclass(frozen=True, slots=True)
class Screen:
    width: int
    height: int
    scheme: str = "light"

    def options(self) -> dict[str, Any]:
        return {
            "viewport": {"width": self.width, "height": self.height},
            "color_scheme": self.scheme,
            "reduced_motion": "reduce",
            "is_mobile": self.width < 500,
        }


SCREENS = {
    "light": Screen(1280, 800),
    "dark": Screen(1280, 800, "dark"),
    "phone": Screen(390, 844),
}


class AnnouncedServer(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def served(stepline: Stepline) -> AsyncIterator[str]:
    """The pages of an engine on a free port; their address."""
    app = create_app(stepline, stepline.settings)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = AnnouncedServer(config)
    task = asyncio.create_task(server.serve())
    await server.listening.wait()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        app.state.live.close()
        server.should_exit = True
        await task


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    installed = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def visitor(
    browser: Browser, stepline: Stepline, address: str, user: User | None, screen: Screen, **options: Any
) -> AsyncIterator[BrowserContext]:
    """A browser window, signed in when `user` is given."""
    context = await browser.new_context(**{**screen.options(), **options}, base_url=address)
    context.set_default_timeout(10_000)
    if user is not None:
        token = stepline.accounts.create_session(user.id)
        await context.add_cookies([{"name": "stepline_session", "value": token, "url": address}])
    yield context
    await context.close()


async def opened(page: Page, shot: Shot) -> None:
    """Go there and do what has to be done before one can look."""
    await page.goto(shot.path)
    if shot.prepare is not None:
        await shot.prepare(page)
    await page.evaluate("document.fonts.ready")


@asynccontextmanager
async def fresh(data_dir: Path) -> AsyncIterator[tuple[Stepline, User]]:
    """A Stepline that was claimed a moment ago."""
    async with unclaimed(data_dir) as (stepline, link):
        yield stepline, stepline.accounts.claim(link, "olivia@harbor.example", "Olivia Lund", "harbor studio 2026")


@asynccontextmanager
async def unclaimed(data_dir: Path) -> AsyncIterator[tuple[Stepline, str]]:
    """A Stepline without an owner, and the token of its set-up link."""
    stepline = open_stepline(Settings.load(data_dir=data_dir))
    await stepline.start()
    try:
        yield stepline, stepline.accounts.create_login_link("setup", None, timedelta(hours=1))
    finally:
        await stepline.stop()
