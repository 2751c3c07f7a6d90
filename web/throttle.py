"""How often someone may try to sign in.

With device cookies, as OWASP describes them: strangers can neither guess on from many addresses nor lock the owner out.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import timedelta
from functools import cached_property
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from web.security import Cookies

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter

log = logging.getLogger("stepline.web")

DEVICE_COOKIE = "device"
DEVICE_SECONDS = int(timedelta(days=365).total_seconds())
TOLD = "1 per 15 minutes"
"""How often the log may tell of tries from one address that are refused."""


class SignInThrottle:
    """Counts tries in this process."""

    def __init__(
        self,
        per_address: str = "30 per 5 minutes",
        per_address_and_email: str = "8 per 15 minutes",
        per_email: str = "100 per hour",
    ) -> None:
        self._per_address = per_address
        self._per_address_and_email = per_address_and_email
        self._per_email = per_email

    def allows(self, address: str, email: str, device: str | None) -> bool:
        """Counts the try. False: refuse it without looking at the password.

        `device` is what `device_of` knows; such a browser is not held up by what others try.
        """
        allowed = self._counted(address, email, device)
        if not allowed and self._hit(TOLD, "told", _network(address)):
            log.warning("too many tries to sign in as %s from %s: refused for some minutes", _masked(email), address)
        return allowed

    def _counted(self, address: str, email: str, device: str | None) -> bool:
        if device is not None:
            return self._hit(self._per_address_and_email, "device", device)
        network, name = _network(address), _plain(email)
        return (
            self._hit(self._per_address, "address", network)
            and self._hit(self._per_address_and_email, "pair", network, name)
            and self._hit(self._per_email, "email", name)
        )

    def succeeded(self, address: str, email: str) -> None:
        """Forgets the tries for this e-mail from here; a browser that signs in is a new device every time."""
        from limits import parse

        self._limiter.clear(parse(self._per_address_and_email), "pair", _network(address), _plain(email))

    def _hit(self, limit: str, *key: str) -> bool:
        from limits import parse  # only signing in needs this library, which is slow to load

        return self._limiter.hit(parse(limit), *key)

    @cached_property
    def _limiter(self) -> MovingWindowRateLimiter:
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        return MovingWindowRateLimiter(MemoryStorage())


def remember_device(response: Response, cookies: Cookies, email: str) -> None:
    """Let `device_of` know this browser again: somebody signed in with it."""
    text = f"{_fingerprint(email)}:{secrets.token_hex(8)}"
    cookies.set(response, DEVICE_COOKIE, cookies.sign(text), DEVICE_SECONDS)


def device_of(request: Request, cookies: Cookies, email: str) -> str | None:
    """Names the browser if somebody signed in with it as `email` before, else None."""
    device = cookies.verified(cookies.get(request, DEVICE_COOKIE) or "")
    return device if device and device.startswith(f"{_fingerprint(email)}:") else None


def _fingerprint(email: str) -> str:
    return hashlib.sha256(_plain(email).encode()).hexdigest()


def _plain(email: str) -> str:
    return email.strip().lower()


def _masked(email: str) -> str:
    """Enough for who knows the users. Anybody may have typed it, so it cannot begin a line of its own in the log."""
    name, _, host = _plain(email).partition("@")
    return repr(f"{name[:1]}…@{host[:60]}")


def _network(address: str) -> str:
    """One household has a whole IPv6 /64, so its addresses count together."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return parsed.exploded[:19]
    return address
