"""Doing one thing to many rows of a list, telling afterwards what worked and what did not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from engine.errors import EngineError, NotFound
from web.flash import Flash
from web.forms import Form, first
from web.htmx import redirect
from web.security import safe_next
from web.templating import plural

T = TypeVar("T")

MOST = 500
"""As many rows as one request changes."""


@dataclass(slots=True)
class Tally:
    """How many it worked for, and why not for the others."""

    done: int = 0
    refused: list[str] = field(default_factory=list)

    def flash(self, noun: str, done: str) -> Flash:
        """“3 runs are cancelled. 1 was left out: It has finished already.”; `done` goes behind the number."""
        if not self.done and not self.refused:
            return Flash("Nothing was selected.", "info")
        text = f"{plural(self.done, noun)} {done}." if self.done else f"No {noun} {done}."
        if self.refused:
            reasons = " ".join(dict.fromkeys(self.refused))
            text += f" {len(self.refused)} {'was' if len(self.refused) == 1 else 'were'} left out: {reasons}"
        return Flash(text, "warn" if self.refused else "good")


def asked_first(request: Request, page: str, form: Form, back: str) -> Response:
    """To the page that asks whether it is meant for the ticked rows."""
    ids, back = chosen(form), safe_next(first(form, "next"), back)
    if not ids:
        return redirect(request, back, Flash("Nothing was selected.", "info"))
    return redirect(request, f"{page}?{urlencode([('next', back), *(('ids', one) for one in ids)])}")


def asked(request: Request, get: Callable[[str], T]) -> list[T]:
    """What such a page is asked about, as far as it still exists."""
    found = []
    for one in request.query_params.getlist("ids")[:MOST]:
        try:
            found.append(get(one))
        except NotFound:
            continue
    return found


def chosen(form: Form) -> Sequence[str]:
    """The ids of the ticked rows, each once."""
    return list(dict.fromkeys(form.get("ids", ())))[:MOST]


def each(ids: Sequence[str], act: Callable[[str], object]) -> Tally:
    """`act` for each id; what it refuses is noted and the rest goes on."""
    tally = Tally()
    for one in ids:
        try:
            act(one)
        except EngineError as error:
            tally.refused.append(error.message)
        else:
            tally.done += 1
    return tally


async def each_async(ids: Sequence[str], act: Callable[[str], Awaitable[object]]) -> Tally:
    """Like `each`, one after the other."""
    tally = Tally()
    for one in ids:
        try:
            await act(one)
        except EngineError as error:
            tally.refused.append(error.message)
        else:
            tally.done += 1
    return tally


async def each_blocking(ids: Sequence[str], act: Callable[[str], object]) -> Tally:
    """Like `each`, from a handler that must not block."""
    return await run_in_threadpool(each, ids, act)
