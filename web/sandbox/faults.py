"""Switches that make a vendor misbehave, for the next N requests or until cleared."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from web.sandbox.settings import VENDORS

NONE = "none"
LOGGED_OUT = "401"
RATE_LIMITED = "429"
BROKEN = "500"
TIMEOUT_BEFORE = "timeout_before"
TIMEOUT_AFTER = "timeout_after"
SLOW = "slow"
KINDS = {
    NONE: "Works",
    LOGGED_OUT: "Key refused (401)",
    RATE_LIMITED: "Too many requests (429)",
    BROKEN: "Server error (500)",
    TIMEOUT_BEFORE: "No answer, nothing done",
    TIMEOUT_AFTER: "No answer, but done",
    SLOW: "Slow answer",
}


@dataclass
class Fault:
    """`left` requests still to spoil (None: until cleared). `path` narrows it to paths that contain it."""

    kind: str
    left: int | None = None
    ms: int = 2000
    retry_after: int | None = 1
    path: str = ""


class FaultInvalid(ValueError):
    """The switch cannot be set like that; the text says why."""


class Faults:
    """At most one fault for each vendor."""

    def __init__(self) -> None:
        self._set: dict[str, Fault] = {}

    def put(self, vendor: str, fault: Fault) -> None:
        """Replaces the vendor's fault; kind `none` clears it. Raises FaultInvalid."""
        if vendor not in VENDORS:
            raise FaultInvalid(f"vendor must be one of {', '.join(VENDORS)}")
        if fault.kind not in KINDS:
            raise FaultInvalid(f"kind must be one of {', '.join(KINDS)}")
        if (fault.left is not None and fault.left < 1) or fault.ms < 0:
            raise FaultInvalid("count must be 1 or more, ms 0 or more")
        self._set.pop(vendor, None)
        if fault.kind != NONE:
            self._set[vendor] = fault

    def take(self, vendor: str, path: str) -> Fault | None:
        """The fault that spoils this request, counted down; None when it goes well."""
        fault = self._set.get(vendor)
        if fault is None or fault.path not in path:
            return None
        if fault.left is not None:
            fault.left -= 1
            if fault.left == 0:
                del self._set[vendor]
        return fault

    def clear(self) -> None:
        self._set.clear()

    def as_dict(self) -> dict[str, Any]:
        idle = Fault(NONE)
        return {vendor: asdict(self._set.get(vendor, idle)) for vendor in VENDORS}
