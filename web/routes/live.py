"""The stream that tells an open page when to fetch its live part again."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from engine.pulse import Pulse
from web.deps import SignedIn
from web.live import Live, Look

router = APIRouter()
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
CHANGED = b"event: changed\ndata:\n\n"
ALL_RUNS = "runs"
ALL_EVENTS = "events"
"""The topics of the two lists; every other topic is the id of a run."""
BEAT = b": still here\n\n"


@router.get("/live/{topic}")
async def stream(request: Request, user: SignedIn, topic: str) -> Response:
    """Server-sent events named `changed`: one at once, then one for each change.

    429 when too many pages are open; they then ask from time to time.
    """
    live: Live = request.app.state.live
    if live.full:
        raise HTTPException(429, "Too many pages are open.")
    return StreamingResponse(_messages(live, topic), media_type="text/event-stream", headers=HEADERS)


def look(pulse: Pulse) -> Look:
    """What `Live` looks at for each topic."""
    lists = {ALL_RUNS: pulse.of_runs, ALL_EVENTS: pulse.of_events}
    return lambda topic: lists[topic]() if topic in lists else pulse.of_run(topic)


async def _messages(live: Live, topic: str) -> AsyncIterator[bytes]:
    async for changed in live.changes(topic):
        yield CHANGED if changed else BEAT
