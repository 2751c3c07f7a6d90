"""One message that survives the redirect after a form: set on the answer, shown and cleared by the next page."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from web.security import Cookies

Tone = Literal["good", "bad", "info", "warn"]
COOKIE = "flash"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Flash:
    message: str
    tone: Tone = "good"
    undo: str = ""
    """The path to post to for taking it back."""


def put(response: Response, cookies: Cookies, flash: Flash) -> None:
    text = json.dumps([flash.message[:600], flash.tone, flash.undo])
    cookies.set(response, COOKIE, cookies.sign(urlsafe_b64encode(text.encode()).decode()), SECONDS)


def take(request: Request, cookies: Cookies) -> Flash | None:
    """The message waiting for this browser; the caller clears the cookie on its answer."""
    signed = cookies.get(request, COOKIE)
    text = cookies.verified(signed) if signed else None
    if text is None:
        return None
    return Flash(*json.loads(urlsafe_b64decode(text)))
