"""The web application: one FastAPI app over one engine container."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.assembly import Stepline
from engine.settings import Settings
from web import api, errors
from web.api import health
from web.routes import (
    account,
    catalogue,
    connections,
    events,
    help,
    home,
    hooks,
    importing,
    recipes,
    runs,
    steps,
    styles,
    testing,
    tokens,
    workflow,
    workflows,
)
from web.security import Cookies, FormLimits, SecurityHeaders, csrf_protected
from web.static_files import StaticFiles
from web.templating import Templates
from web.throttle import SignInThrottle

PAGES = (
    home,
    account,
    tokens,
    importing,
    workflows,
    workflow,
    steps,
    testing,
    runs,
    events,
    connections,
    catalogue,
    recipes,
    help,
)
STATIC = Path(__file__).parent / "static"


def create_app(stepline: Stepline, settings: Settings) -> FastAPI:
    """Serves pages and hooks of `stepline`, whose life is the caller's affair."""
    secret = stepline.vault.derive("web")
    app = FastAPI(title="Stepline", docs_url=None, redoc_url=None, openapi_url=None)
    cookies = Cookies(settings.public_url, secret)
    statics = StaticFiles(STATIC)
    app.state.stepline = stepline
    app.state.settings = settings
    app.state.cookies = cookies
    app.state.throttle = SignInThrottle()
    app.state.templates = Templates(statics, cookies, stepline.clock, reload=settings.development)
    app.add_route("/static/{version}/{path:path}", statics.respond, methods=["GET"])
    app.router.routes.append(hooks.route())
    for module in PAGES:
        app.include_router(module.router)
    app.include_router(api.router)
    app.include_router(health.probes)
    if settings.development:
        app.include_router(styles.router)
    errors.install(app)
    app.add_middleware(PageMiddleware, public_url=settings.public_url, secret=secret)
    app.add_middleware(SecurityHeaders, public_url=settings.public_url)
    return app


class PageMiddleware:
    """CSRF, form limits and compression for pages. Hooks go straight through: they must stay fast."""

    def __init__(self, app: ASGIApp, public_url: str, secret: str) -> None:
        self._app = app
        guarded = csrf_protected(app, public_url, secret, errors.csrf_failed)
        self._pages = GZipMiddleware(FormLimits(guarded), minimum_size=1024, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hook = scope["type"] == "http" and scope["path"].startswith("/hooks/")
        await (self._app if hook else self._pages)(scope, receive, send)
