"""How often someone may try to sign in."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class SignInThrottle:
    """Counts tries per address and per e-mail, in this process. A success forgets the e-mail's tries."""

    def __init__(self, per_address: str = "30 per 5 minutes", per_email: str = "8 per 15 minutes") -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_address = parse(per_address)
        self._per_email = parse(per_email)

    def allows(self, address: str, email: str) -> bool:
        """Counts the try. False: refuse it without looking at the password."""
        by_address = self._limiter.hit(self._per_address, "address", _network(address))
        return by_address and self._limiter.hit(self._per_email, "email", email.strip().lower())

    def succeeded(self, email: str) -> None:
        self._limiter.clear(self._per_email, "email", email.strip().lower())


def _network(address: str) -> str:
    """One household has a whole IPv6 /64, so its addresses count together."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return parsed.exploded[:19]
    return address
