"""Addresses of lists with other filters: what is in the address bar stays, except what changes."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request

PLACE = "before"
"""Says how far down a list one is; another filter starts at the top."""


def with_filters(request: Request, changes: Mapping[str, object]) -> str:
    """This page's address with these parameters; "" and None remove one."""
    kept = {name: value for name, value in request.query_params.items() if name != PLACE}
    wanted = {name: value for name, value in {**kept, **changes}.items() if value not in ("", None)}
    return request.url.path + (f"?{urlencode(wanted)}" if wanted else "")


def here(request: Request) -> str:
    """This page's own address with its filters, to come back to."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
