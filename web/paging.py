"""Links between the pages of a long list."""

from __future__ import annotations

from starlette.requests import Request


def older_link(request: Request, position: str | None) -> str:
    """The address of the next page with the same filters; "" on the last one."""
    if position is None:
        return ""
    url = request.url.include_query_params(before=position)
    return f"{url.path}?{url.query}"
