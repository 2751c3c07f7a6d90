"""What was sent over HTTP and what came back, as it is kept and shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its answer, redacted, bodies cut; safe to store and to show.

    request: {"method", "url", "headers", "body"}; response: {"status", "headers", "body"} or None when no answer
    came (`error` says why) or when the request was only simulated (`error` is "" then). Bodies are text or None.
    """

    request: dict[str, Any]
    response: dict[str, Any] | None
    error: str
    started_at: datetime
    duration_ms: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "request": self.request,
            "response": self.response,
            "error": self.error,
            "started_at": self.started_at.isoformat(),
            "duration_ms": round(self.duration_ms, 2),
        }
