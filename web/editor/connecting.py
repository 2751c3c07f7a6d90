"""A new connection made inside the editor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.concurrency import run_in_threadpool

from connectors._kit.model import AuthKind, Connector
from engine.assembly import Stepline
from engine.connections import ConnectionRecord, TestOutcome
from engine.errors import Invalid, NotFound
from web import forms
from web.forms import Form, first

PREFIX = "connect"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody entered, and why it did not become a connection."""

    connector: Connector
    auth: AuthKind
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    outcome: TestOutcome | None = None

    @property
    def refused(self) -> bool:
        return bool(self.problems) or self.outcome is not None


def blank(engine: Stepline, connector: str, auth: str) -> Attempt:
    """The form before anything is entered. Raises NotFound."""
    app = engine.registry.connectors.get(connector)
    if app is None or not app.needs_connection:
        raise NotFound("There is no such app to connect.", connector)
    return Attempt(app, app.auth_kind(auth) or app.auth[0], f"My {app.name} account")


async def attempt(engine: Stepline, connector: str, form: Form) -> tuple[Attempt, ConnectionRecord | None]:
    """Saved only after the app let us in, unless the form says `save=anyway`, or one signs in at the app's page."""
    start = blank(engine, connector, first(form, "auth"))
    app, auth = start.connector, start.auth
    values, problems = forms.read(engine.connections.schema(app.key, auth.key), form, prefix=PREFIX)
    entered = replace(start, name=first(form, "name"), values=values, problems=problems)
    if problems:
        return entered, None
    try:
        if auth.kind == "oauth2":
            return entered, await run_in_threadpool(engine.connections.create, app.key, auth.key, entered.name, values)
        outcome = await engine.connections.test_values(app.key, auth.key, values)
        if not outcome.ok and first(form, "save") != "anyway":
            return replace(entered, outcome=outcome), None
        record = await run_in_threadpool(engine.connections.create, app.key, auth.key, entered.name, values)
        await engine.connections.test(record.id)
        return entered, await run_in_threadpool(engine.connections.get, record.id)
    except Invalid as refused:
        return replace(entered, problems=_by_input(refused)), None


def _by_input(refused: Invalid) -> dict[str, str]:
    return {
        "name" if problem.field == "name" else f"{PREFIX}{problem.pointer or f'/{problem.field}'}": problem.message
        for problem in refused.problems
    }
