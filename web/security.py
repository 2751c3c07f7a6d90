"""What keeps strangers out at the edge: headers, cookies, CSRF, body size, safe redirects."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from asgi_csrf import asgi_csrf_decorator
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_FORM_BYTES = 8 * 1024 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def is_machine_path(path: str) -> bool:
    """Addresses that programs call with a credential of their own in each request, never with a cookie."""
    return path.startswith(("/hooks/", "/api/"))


def is_https(public_url: str) -> bool:
    return urlsplit(public_url).scheme == "https"


def protective_headers(public_url: str) -> dict[str, str]:
    """What stands on every answer, of whatever kind."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    if is_https(public_url):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


class SecurityHeaders:
    """Puts the same protective headers on every answer."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._headers = protective_headers(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Content-Security-Policy", POLICY)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Refuse(Protocol):
    """Answers instead of the page."""

    async def __call__(self, scope: Scope, send: Send, status: int, message: str) -> None: ...


class FormLimits:
    """Refuses forms sent by other sites and bodies too large for a form, before anything reads them."""

    def __init__(self, app: ASGIApp, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or is_machine_path(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            await self._refuse(scope, send, 403, "This form was sent from another site.")
        elif not headers.get("content-length", "0").isdigit() or "transfer-encoding" in headers:
            await self._refuse(scope, send, 411, "This form does not say how long it is. Try another browser.")
        elif int(headers.get("content-length", "0")) > MAX_FORM_BYTES:
            message = f"This is larger than {MAX_FORM_BYTES // 1024**2} MB, the most that a form may hold."
            await self._refuse(scope, send, 413, message)
        else:
            await self._app(scope, receive, send)


class CsrfOfForms:
    """CSRF protection that finds the token in every kind of form and hands it on as a header.

    asgi-csrf reads forms with files by a part of python-multipart that newer versions no longer have, and breaks off
    at a token that is not ASCII. So it gets requests that do not look like forms to it, with a token that is.
    """

    def __init__(self, app: ASGIApp, protect: Callable[[ASGIApp], ASGIApp]) -> None:
        self._app = app
        self._protected = protect(self._undisguised)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_machine_path(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        token = headers.get("x-csrftoken", "")
        if not token and scope["method"] not in SAFE_METHODS and headers.get("content-type", "").startswith(FORMS):
            try:
                body = await Request(scope, receive).body()  # FormLimits has made sure that it is not too large
            except ClientDisconnect:
                return
            receive, token = _replay(body, receive), await _token_in(scope, body)
        disguised = [(name, value) for name, value in scope["headers"] if name not in (b"content-type", b"x-csrftoken")]
        disguised += [
            (b"content-type", b"application/octet-stream"),
            (b"x-csrftoken", token.encode("ascii", "replace")),
        ]
        known = {**scope, "headers": disguised, "stepline.headers": scope["headers"]}
        await self._protected(known, receive, send)

    async def _undisguised(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "headers": scope["stepline.headers"]}, receive, send)


async def _token_in(scope: Scope, body: bytes) -> str:
    """The form's token; "" in a form without one, or in one that cannot be read."""
    try:
        async with Request(scope, _replay(body)).form() as form:
            return str(form.get("csrftoken", ""))
    except (HTTPException, MultiPartException):
        return ""


def _replay(body: bytes, after: Receive | None = None) -> Receive:
    """Gives the body again, then what `after` gives: that the browser is still there, or has gone."""
    messages = iter(({"type": "http.request", "body": body, "more_body": False},))

    async def receive() -> Message:
        message = next(messages, None)
        if message is not None:
            return message
        return await after() if after else {"type": "http.disconnect"}

    return receive


class CsrfFailed(Protocol):
    async def __call__(self, scope: Scope, send: Send, message_id: object) -> None: ...


class _EverythingButMachines:
    """asgi-csrf lets requests without cookies pass; here they pass only where no cookie ever counts."""

    def __contains__(self, path: str) -> bool:
        return not is_machine_path(path)


def csrf_protected(app: ASGIApp, public_url: str, secret: str, failed: CsrfFailed) -> ASGIApp:
    """Every form needs the token of its browser: field `csrftoken` or header `x-csrftoken`."""
    secure = is_https(public_url)

    def protect(inner: ASGIApp) -> ASGIApp:
        protected: ASGIApp = asgi_csrf_decorator(
            cookie_name="__Host-csrf" if secure else "stepline_csrf",
            signing_secret=secret,
            always_protect=_EverythingButMachines(),
            skip_if_scope=lambda scope: is_machine_path(scope["path"]),
            cookie_secure=secure,
            send_csrf_failed=failed,
        )(inner)
        return protected

    return CsrfOfForms(app, protect)


class Cookies:
    """Names and attributes of our cookies; `secret` signs the ones the server must be able to believe."""

    def __init__(self, public_url: str, secret: str) -> None:
        self._secure = is_https(public_url)
        self._key = secret.encode()
        self._prefix = "__Host-" if self._secure else "stepline_"

    def get(self, request: Request, name: str) -> str | None:
        return request.cookies.get(self._prefix + name)

    def set(self, response: Response, name: str, value: str, max_age: int) -> None:
        response.set_cookie(
            self._prefix + name, value, max_age=max_age, httponly=True, samesite="lax", secure=self._secure
        )

    def delete(self, response: Response, name: str) -> None:
        response.delete_cookie(self._prefix + name, httponly=True, samesite="lax", secure=self._secure)

    def sign(self, text: str) -> str:
        return f"{self._mac(text)}.{text}"

    def verified(self, signed: str) -> str | None:
        mac, _, text = signed.partition(".")
        return text if hmac.compare_digest(mac, self._mac(text)) else None

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def safe_next(target: str | None, default: str = "/") -> str:
    """`target` when it is a plain path on this server, else `default`."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if any(ord(character) < 32 or character == "\\" for character in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target
