"""Signing in to an app: the page on which one chooses a location, and the token endpoints."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from web.sandbox.ghl.oauth import CHOOSE_LOCATION, OAuthServer
from web.sandbox.ghl.routes.request import route
from web.sandbox.replies import Reply
from web.sandbox.settings import SANDBOX_GHL_CLIENT_ID

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Choose a location · Sandbox</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/_sandbox/static/sandbox.css">
<body><header><div class="brand"><div><h1>Choose a location</h1>
<p>The sandbox's stand-in for GoHighLevel's page. The app asks for {count} permissions.</p></div></div></header>
<section class="card"><ul>{choices}</ul></section></body></html>"""


def routes(server: OAuthServer) -> list[Route]:
    handlers = OAuthHandlers(server)
    return [
        Route(CHOOSE_LOCATION, handlers.choose, methods=["GET"]),
        Route("/v2/oauth/allow", handlers.allow, methods=["GET"]),
        route("POST", "/oauth/token", handlers.token),
        route("POST", "/oauth/locationToken", handlers.location_token),
        route("GET", "/oauth/installedLocations", handlers.installed),
    ]


class OAuthHandlers:
    """What a person clicks is a link, so that a content security policy never stands in the way of going back."""

    def __init__(self, server: OAuthServer) -> None:
        self._server = server

    async def choose(self, request: Request) -> Response:
        query = request.query_params
        if query.get("client_id") != SANDBOX_GHL_CLIENT_ID or not query.get("redirect_uri"):
            return HTMLResponse("<h1>No integration found with the id</h1>", 400)
        names = {**self._server.locations, "": "The whole agency", "deny": "Deny"}
        links = "".join(self._link(request, location, name) for location, name in names.items())
        count = len(query.get("scope", "").split())
        return HTMLResponse(PAGE.format(count=count, choices=links))

    async def allow(self, request: Request) -> Response:
        query = request.query_params
        location, back = query.get("location", ""), query.get("redirect_uri", "")
        state = {"state": query["state"]} if query.get("state") else {}
        if location == "deny":
            return _back(back, {"error": "access_denied", "error_description": "The user denied access.", **state})
        code = self._server.allow(location or None, tuple(query.get("scope", "").split()), back)
        return _back(back, {"code": code, **state})

    async def token(self, request: Request) -> Reply:
        return Reply(self._server.token(await _form(request)))

    async def location_token(self, request: Request) -> Reply:
        return Reply(self._server.location_token(_bearer(request), await _form(request)))

    async def installed(self, request: Request) -> Reply:
        return Reply(self._server.installed(_bearer(request), request.query_params.get("companyId", "")))

    @staticmethod
    def _link(request: Request, location: str, name: str) -> str:
        query = urlencode({**request.query_params, "location": location})
        return f'<li><a href="allow?{escape(query)}">{escape(name)}</a></li>'


def _back(address: str, parameters: dict[str, str]) -> Response:
    joiner = "&" if "?" in address else "?"
    return RedirectResponse(f"{address}{joiner}{urlencode(parameters)}", 302)


async def _form(request: Request) -> dict[str, str]:
    async with request.form() as form:
        return {name: str(value) for name, value in form.items()}


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").partition(" ")[2].strip()
