"""GoHighLevel's login, `Version` header and request limits."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers

from web.sandbox.ghl import scopes
from web.sandbox.ghl.errors import body, unauthorized, wrong_location
from web.sandbox.ghl.oauth import OAuthServer
from web.sandbox.limits import RollingWindow
from web.sandbox.replies import Refused, Reply
from web.sandbox.settings import GHL, SandboxSettings

VERSIONS = {"2021-04-15", "2021-07-28", "2023-02-21", "v3"}
"""The vendor takes any published version on any path; another value is refused like a missing one."""


OPEN = frozenset(("/oauth/token", "/v2/oauth/chooselocation", "/v2/oauth/allow"))
"""Paths that come before a login."""


class GhlManners:
    """Counts only requests with a good login. The vendor documents its limit headers but no Retry-After, so
    a genuine 429 carries none."""

    vendor = GHL

    def __init__(self, settings: SandboxSettings, oauth: OAuthServer, now: Callable[[], float]) -> None:
        self._token = settings.ghl_token
        self._location = settings.ghl_location
        self._oauth = oauth
        self._burst = RollingWindow(settings.ghl_burst, now)
        self._daily = RollingWindow(settings.ghl_daily, now)

    def admit(self, headers: Headers, method: str, path: str) -> None:
        if path in OPEN:
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if not token or scheme.lower() != "bearer":
            raise unauthorized("Unauthorized")
        self._check_token(token.strip(), method, path)
        version = headers.get("version")
        if not version:
            raise unauthorized("version header was not found.")
        if version not in VERSIONS:
            raise unauthorized("version header is invalid")
        if not self._burst.free() or not self._daily.free():
            raise Refused(429, body(429, "Too Many Requests"), self.extra_headers())
        self._burst.take()
        self._daily.take()

    def _check_token(self, token: str, method: str, path: str) -> None:
        """A token opens its own location alone; one of an app only what the app was granted."""
        access = None if token == self._token else self._oauth.access(token)
        if path.startswith("/oauth/"):
            return
        location = self._location if access is None else access.location
        if location is None:
            raise unauthorized("This authClass type is not allowed to access this scope.")
        inner = path.removeprefix("/locations/")
        if (location if inner == path else inner.partition("/")[0]) != location:
            raise wrong_location()
        if inner == path and location != self._location:
            raise wrong_location()
        if access is not None:
            scopes.check(access, method, path)

    def extra_headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit-Daily": str(self._daily.limit.requests),
            "X-RateLimit-Daily-Remaining": str(self._daily.free()),
            "X-RateLimit-Interval-Milliseconds": str(int(self._burst.limit.seconds * 1000)),
            "X-RateLimit-Max": str(self._burst.limit.requests),
            "X-RateLimit-Remaining": str(self._burst.free()),
        }

    def too_many(self, retry_after: int | None) -> Reply:
        headers = self.extra_headers() | {"X-RateLimit-Remaining": "0"}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        return Reply(body(429, "Too Many Requests"), 429, headers)

    def broken(self) -> Reply:
        return Reply(body(500, "Internal server error"), 500)

    def malformed(self, why: str) -> Reply:
        return Reply(body(400, f"Malformed JSON: {why}", error="Bad Request"), 400)

    def unknown(self, method: str, path: str) -> Reply:
        return Reply(body(404, f"Cannot {method} {path}", error="Not Found"), 404)

    def reset(self) -> None:
        self._burst.clear()
        self._daily.clear()
