"""The sandbox as one ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.routing import Mount, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.clock import system_clock
from web.sandbox import admin, page
from web.sandbox.gate import Gate, Manners
from web.sandbox.ghl.routes import router as ghl_router
from web.sandbox.mailercloud.routes import email_router
from web.sandbox.mailercloud.routes import router as mailercloud_router
from web.sandbox.replies import Reply
from web.sandbox.settings import (
    SANDBOX_GHL_PATH,
    SANDBOX_MAILERCLOUD_EMAIL_PATH,
    SANDBOX_MAILERCLOUD_PATH,
    SandboxSettings,
)
from web.sandbox.state import Sandbox, real_sleep

HERE = Path(__file__).parent


def create_sandbox(
    settings: SandboxSettings | None = None,
    *,
    clock: Callable[[], datetime] = system_clock,
    http: httpx.AsyncClient | None = None,
    sleep: Callable[[float], Awaitable[None]] = real_sleep,
) -> Starlette:
    """Both vendors, the page and /_sandbox. `http` posts the webhooks and stays the caller's to close; without
    it the app makes its own and closes it when it shuts down.

    `app.state.sandbox` is the Sandbox itself; a server that begins to stop calls its `release`, or else waits for
    the requests that hang under a timeout fault.
    """
    sandbox = Sandbox(settings or SandboxSettings(), clock=clock, http=http, sleep=sleep)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await sandbox.close()

    app = Starlette(
        routes=[
            *admin.routes(sandbox),
            *page.routes(sandbox),
            Mount("/_sandbox/static", StaticFiles(directory=HERE / "static")),
            *_vendors(sandbox),
        ],
        middleware=[Middleware(SameOriginOnly)],
        lifespan=lifespan,
    )
    app.state.sandbox = sandbox
    return app


def _vendors(sandbox: Sandbox) -> list[Mount]:
    def gate(manners: Manners, router: Router) -> Gate:
        return Gate(
            manners,
            router,
            faults=sandbox.faults,
            journal=sandbox.journal,
            now=sandbox.now,
            sleep=sandbox.sleep,
            hang=sandbox.hang,
        )

    marketing = mailercloud_router(sandbox.mailercloud, sandbox.webhooks)
    return [
        Mount(SANDBOX_GHL_PATH, gate(sandbox.ghl_manners, ghl_router(sandbox.ghl, sandbox.oauth))),
        Mount(SANDBOX_MAILERCLOUD_EMAIL_PATH, gate(sandbox.email_manners, email_router(sandbox.mailercloud))),
        Mount(SANDBOX_MAILERCLOUD_PATH, gate(sandbox.mailercloud_manners, marketing)),
    ]


class SameOriginOnly:
    """A page of another site must not press the sandbox's buttons: its requests name their origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc != headers.get("host"):
                await Reply({"error": "requests from other sites are refused"}, 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)
