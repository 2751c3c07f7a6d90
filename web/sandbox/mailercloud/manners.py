"""Mailercloud's key and request limit; the e-mail API answers HTTP 200 with a code instead."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from starlette.datastructures import Headers

from web.sandbox.limits import RollingWindow
from web.sandbox.mailercloud.errors import unauthorized
from web.sandbox.mailercloud.mail_codes import answer
from web.sandbox.replies import Refused, Reply
from web.sandbox.settings import MAILERCLOUD, SandboxSettings


class MailercloudManners:
    """The body of the vendor's 429 is not known, nor whether it names a time to wait."""

    vendor = MAILERCLOUD

    def __init__(self, settings: SandboxSettings, now: Callable[[], float]) -> None:
        self._key = settings.mailercloud_key
        self._window = RollingWindow(settings.mailercloud_rate, now)

    def admit(self, headers: Headers, method: str, path: str) -> None:
        if not self._right_key(headers):
            raise self._wrong_key()
        if not self._window.free():
            raise Refused(429, {"message": "Too Many Requests"})
        self._window.take()

    def _right_key(self, headers: Headers) -> bool:
        given = headers.get("authorization", "").removeprefix("Bearer ").strip()
        return hmac.compare_digest(given.encode(), self._key.encode())

    def _wrong_key(self) -> Refused:
        return unauthorized("Unauthorized: invalid API key")

    def extra_headers(self) -> dict[str, str]:
        return {}

    def too_many(self, retry_after: int | None) -> Reply:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return Reply({"message": "Too Many Requests"}, 429, headers)

    def broken(self) -> Reply:
        return Reply({"message": "Internal Server Error"}, 500)

    def malformed(self, why: str) -> Reply:
        return Reply({"errors": [{"message": f"Invalid JSON: {why}"}]}, 400)

    def unknown(self, method: str, path: str) -> Reply:
        return Reply({"message": "Not Found"}, 404)

    def reset(self) -> None:
        self._window.clear()


class EmailManners(MailercloudManners):
    def _wrong_key(self) -> Refused:
        return Refused(200, answer(9003, "Authentication failed"))

    def malformed(self, why: str) -> Reply:
        return Reply(answer(9999, f"Invalid request: {why}"))
