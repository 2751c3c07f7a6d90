"""The form of a connection: what somebody entered, and making a connection of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.concurrency import run_in_threadpool

from connectors._kit.model import AuthKind, Connector
from engine.assembly import Stepline
from engine.connections import ConnectionRecord, TestOutcome
from engine.errors import Invalid, NotFound, Problem
from web import forms
from web.forms import Form, first

PREFIX = "values"


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody typed, what is wrong with it by the name of the input, and what the app said to it."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    outcome: TestOutcome | None = None


def app_of(engine: Stepline, key: str) -> Connector:
    """Raises NotFound."""
    connector = engine.registry.connectors.get(key)
    if connector is None or not connector.needs_connection:
        raise NotFound("There is no such app to connect.", key)
    return connector


def login_of(app: Connector, wish: str) -> AuthKind:
    """The way to log in that somebody wishes, else the usual one."""
    return app.auth_kind(wish) or app.auth[0]


def blank(app: Connector) -> Entered:
    return Entered(f"My {app.name} account")


def read(engine: Stepline, connector: str, auth: str, form: Form) -> Entered:
    values, problems = forms.read(engine.connections.schema(connector, auth), form, prefix=PREFIX)
    return Entered(first(form, "name"), values, problems)


async def create(
    engine: Stepline, app: Connector, auth: AuthKind, form: Form
) -> tuple[Entered, ConnectionRecord | None]:
    """Saved only after the app let us in, unless the form says `save=anyway`, or one signs in at the app's page."""
    entered = read(engine, app.key, auth.key, form)
    if entered.problems:
        return entered, None
    try:
        if auth.kind == "oauth2":
            return entered, await _saved(engine, app, auth, entered)
        entered = replace(entered, outcome=await engine.connections.test_values(app.key, auth.key, entered.values))
        if entered.outcome and not entered.outcome.ok and first(form, "save") != "anyway":
            return entered, None
        record = await _saved(engine, app, auth, entered)
        await engine.connections.test(record.id)
        return entered, await run_in_threadpool(engine.connections.get, record.id)
    except Invalid as refused:
        return replace(entered, problems=named(refused.problems), outcome=None), None


def named(problems: Sequence[Problem]) -> dict[str, str]:
    """By the name of the input."""
    return {
        "name" if problem.field == "name" else f"{PREFIX}{problem.pointer or f'/{problem.field}'}": problem.message
        for problem in problems
    }


async def _saved(engine: Stepline, app: Connector, auth: AuthKind, entered: Entered) -> ConnectionRecord:
    return await run_in_threadpool(engine.connections.create, app.key, auth.key, entered.name, entered.values)
