"""What every handler asks of a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.book import Cursor
from web.sandbox.ghl.errors import unprocessable, wrong_location
from web.sandbox.ghl.fields import Check, checked
from web.sandbox.replies import Record, Reply, json_body

Handler = Callable[[Request], Awaitable[Reply]]


def route(method: str, path: str, handler: Handler) -> Route:
    return Route(path, handler, methods=[method])


def both_slashes(method: str, path: str, handler: Handler) -> list[Route]:
    """The vendor's documents write `/contacts/`, its clients also `/contacts`."""
    return [route(method, path, handler), route(method, path.rstrip("/"), handler)]


def same_location(account: GhlAccount, given: Any) -> None:
    """A wrong or missing location is a 403, whatever else is wrong."""
    if given != account.location:
        raise wrong_location()


async def located(
    account: GhlAccount, request: Request, fields: Mapping[str, Check], required: tuple[str, ...] = ()
) -> Record:
    """The checked body of a request that names its location in the body; without `locationId`."""
    body = await json_body(request)
    same_location(account, body.get("locationId"))
    body = checked(body, fields, required)
    return {name: value for name, value in body.items() if name != "locationId"}


async def bodied(request: Request, fields: Mapping[str, Check], required: tuple[str, ...] = ()) -> Record:
    return checked(await json_body(request), fields, required)


def double_cursor(request: Request) -> Cursor | None:
    """Both halves make the cursor. `startAfter` alone skips everything added in that millisecond, and
    `startAfterId` alone is ignored: what a client loses when it forgets one of the two."""
    start_after = request.query_params.get("startAfter")
    if not start_after:
        return None
    try:
        return int(float(start_after)), request.query_params.get("startAfterId", "")
    except ValueError as error:
        raise unprocessable(["startAfter must be a number"]) from error


def whole(request: Request, name: str, default: int, most: int) -> int:
    """A whole number of the query. Raises Refused (422) outside 1..most."""
    raw = request.query_params.get(name)
    if raw in (None, ""):
        return default
    try:
        value = int(float(str(raw)))
    except ValueError as error:
        raise unprocessable([f"{name} must be a number"]) from error
    if not 1 <= value <= most:
        raise unprocessable([f"{name} must not be greater than {most}"])
    return value
