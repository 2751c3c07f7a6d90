"""The web application: one FastAPI app over one engine container."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.assembly import Stepline
from engine.pulse import Pulse
from engine.settings import Settings
from web import api, errors
from web.api import health
from web.live import Live
from web.routes import (
    account,
    again,
    api_imports,
    catalogue,
    connections,
    editor,
    editor_data,
    events,
    folders,
    help,
    home,
    importing,
    live,
    people,
    recipes,
    replay,
    runs,
    settings,
    sign_ins,
    steps,
    styles,
    testing,
    tokens,
    versions,
    workflow,
    workflow_bulk,
    workflows,
)
from web.routes.hooks import PREFIX, Hooks
from web.security import (
    Cookies,
    FormLimits,
    SecurityHeaders,
    csrf_protected,
    protective_headers,
)
from web.static_files import StaticFiles
from web.templating import Templates
from web.throttle import SignInThrottle

PAGES = (
    home,
    account,
    settings,
    tokens,
    people,
    importing,
    workflow_bulk,
    workflows,
    folders,
    workflow,
    versions,
    steps,
    editor,
    editor_data,
    testing,
    again,
    runs,
    replay,
    events,
    connections,
    sign_ins,
    api_imports,
    catalogue,
    recipes,
    help,
    live,
)
STATIC = Path(__file__).parent / "static"


def create_app(stepline: Stepline, settings: Settings) -> FastAPI:
    """Serves pages and hooks of `stepline`, whose life is the caller's affair."""
    secret = stepline.vault.derive("web")
    protection = protective_headers(settings.public_url)
    app = Application(Hooks(stepline.receiver, settings.max_event_bytes, protection))
    cookies = Cookies(settings.public_url, secret)
    statics = StaticFiles(STATIC)
    app.state.stepline = stepline
    app.state.settings = settings
    app.state.cookies = cookies
    app.state.throttle = SignInThrottle()
    app.state.live = Live(live.look(Pulse(stepline.database)))
    app.state.templates = Templates(statics, cookies, stepline.clock, reload=settings.development)
    app.add_route("/static/{version}/{path:path}", statics.respond, methods=["GET"])
    # The modules have built their routes already; an included router builds them all again at its first request.
    routers = [*(module.router for module in PAGES), api.router, health.probes]
    for router in [*routers, styles.router] if settings.development else routers:
        app.router.routes.extend(router.routes)
    errors.install(app)
    # From the inside out: the last one sees a request first.
    app.add_middleware(csrf_protected, public_url=settings.public_url, secret=secret, failed=errors.csrf_failed)
    app.add_middleware(FormLimits, refuse=errors.refuse)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(SecurityHeaders, public_url=settings.public_url)
    return app


class Application(FastAPI):
    """Events of hooks go straight to their handler, all else through middleware and routes: hooks must stay fast."""

    def __init__(self, hooks: ASGIApp) -> None:
        super().__init__(title="Stepline", docs_url=None, redoc_url=None, openapi_url=None)
        self._hooks = hooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self._hooks(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
