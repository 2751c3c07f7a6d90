"""Connections: add, test, see who uses them, change, remove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from connectors._kit.errors import FailureKind
from connectors._kit.model import AuthKind, Connector
from engine.assembly import Stepline
from engine.connections import ConnectionRecord, TestOutcome
from engine.errors import Invalid, NotFound, Refused
from web import connecting, forms
from web.connecting import PREFIX, Entered
from web.connection_care import care_of, is_typed, key_age
from web.deps import Engine, SignedIn
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render
from web.security import safe_next
from web.sign_in_panel import page_of, panel

router = APIRouter()
TYPE_AGAIN = "Not accepted, so not kept. Type it again."


@router.get("/connections")
def list_connections(request: Request, user: SignedIn, engine: Engine) -> Response:
    connections, known = engine.connections.list(), engine.registry.connectors
    return render(
        request,
        "connections/index.html",
        connections=connections,
        uses=engine.connections.uses(),
        connectors=known,
        cares={found.id: care_of(found, known, engine.clock()) for found in connections},
        typed={found.id for found in connections if is_typed(found, known)},
        now=engine.clock(),
    )


@router.get("/connections/new")
def choose_app(request: Request, user: SignedIn, engine: Engine) -> Response:
    offered = [connector for connector in engine.registry.connectors.values() if connector.needs_connection]
    return render(request, "connections/choose.html", connectors=sorted(offered, key=lambda c: c.name.lower()))


@router.get("/connections/new/{connector}")
def new_connection(request: Request, user: SignedIn, engine: Engine, connector: str, auth: str = "") -> Response:
    app = connecting.app_of(engine, connector)
    return _new_form(request, engine, app, connecting.login_of(app, auth), connecting.blank(app))


@router.post("/connections/new/{connector}")
async def add(request: Request, user: SignedIn, engine: Engine, connector: str, form: Posted) -> Response:
    app = connecting.app_of(engine, connector)
    auth = connecting.login_of(app, first(form, "auth"))
    entered, record = await connecting.create(engine, app, auth, form)
    if record is None:
        return await run_in_threadpool(_new_form, request, engine, app, auth, entered)
    if entered.outcome is None:
        back = safe_next(request.query_params.get("next"), "")
        return redirect(request, page_of(record.id, back) + "#sign-in", _then_sign_in())
    back = safe_next(request.query_params.get("next"), f"/connections/{record.id}")
    return redirect(request, back, _saved(entered.outcome))


@router.get("/connections/options")
async def list_options(request: Request, user: SignedIn, engine: Engine, operation: str) -> Response:
    """The choices of a dropdown, as <option>s. The connection's id is in the parameter that `from` names."""
    name = request.query_params.get("from", "connection")
    connection_id = request.query_params.get(name, "")
    if not connection_id:
        return render(request, "connections/_options.html", options=[])
    credentials = await engine.connections.fresh(connection_id)
    options = await engine.caller.options(engine.registry.operation(operation), {}, credentials)
    return render(request, "connections/_options.html", options=options)


@router.get("/connections/{connection_id}")
def show(request: Request, user: SignedIn, engine: Engine, connection_id: str) -> Response:
    record = engine.connections.get(connection_id)
    return _page(request, engine, record, Entered(record.name, record.public))


@router.post("/connections/{connection_id}")
async def change(request: Request, user: SignedIn, engine: Engine, connection_id: str, form: Posted) -> Response:
    """New values take the place of the old ones only when the app accepts them, unless `save` says anyway."""
    record = await run_in_threadpool(engine.connections.get, connection_id)
    entered = connecting.read(engine, record.connector, record.auth, form)
    anyway = first(form, "save") == "anyway"
    try:
        if not entered.problems and _waits_for_sign_in(engine, record, entered):
            await run_in_threadpool(engine.connections.update, record.id, name=entered.name, values=entered.values)
            back = safe_next(request.query_params.get("next"), "")
            return redirect(request, page_of(record.id, back) + "#sign-in", _then_sign_in())
        if not entered.problems:
            outcome = await _replace(engine, record, entered, anyway=anyway)
            if outcome.ok or anyway:
                return redirect(request, f"/connections/{connection_id}", _saved(outcome))
            entered = replace(entered, outcome=outcome)
    except Invalid as refused:
        entered = replace(entered, problems=connecting.named(refused.problems))
    return await run_in_threadpool(_page, request, engine, record, entered)


@router.post("/connections/{connection_id}/test")
async def test(request: Request, user: SignedIn, engine: Engine, connection_id: str) -> Response:
    outcome = await engine.connections.test(connection_id)
    if not outcome.ok:
        return redirect(request, f"/connections/{connection_id}", Flash(_problem(outcome), "bad"))
    return redirect(request, f"/connections/{connection_id}", _saved(outcome))


@router.post("/connections/{connection_id}/hook")
def move_hook(request: Request, user: SignedIn, engine: Engine, connection_id: str) -> Response:
    engine.connections.rotate_hook(connection_id)
    message = Flash("The webhook address is new. Enter it in the app, or no more events arrive.", "warn")
    return redirect(request, f"/connections/{connection_id}", message)


@router.get("/connections/{connection_id}/delete")
def confirm_delete(request: Request, user: SignedIn, engine: Engine, connection_id: str) -> Response:
    connection = engine.connections.get(connection_id)
    used_by = engine.connections.used_by(connection_id)
    return render(request, "connections/delete.html", connection=connection, used_by=used_by)


@router.post("/connections/{connection_id}/delete")
def delete(request: Request, user: SignedIn, engine: Engine, connection_id: str) -> Response:
    try:
        engine.connections.delete(connection_id)
    except Refused as refused:
        return redirect(request, f"/connections/{connection_id}", Flash(refused.message, "bad"))
    return redirect(request, "/connections", Flash("The connection is deleted.", "info"))


async def _replace(engine: Stepline, record: ConnectionRecord, entered: Entered, *, anyway: bool) -> TestOutcome:
    """Test before swap; the name changes in either case."""
    connections = engine.connections
    if anyway:
        await run_in_threadpool(connections.update, record.id, name=entered.name, values=entered.values)
        return await connections.test(record.id)
    await run_in_threadpool(connections.update, record.id, name=entered.name)
    return await connections.rotate(record.id, entered.values)


def _is_oauth(app: Connector, auth: str) -> bool:
    kind = app.auth_kind(auth)
    return kind is not None and kind.kind == "oauth2"


def _waits_for_sign_in(engine: Stepline, record: ConnectionRecord, entered: Entered) -> bool:
    """Nobody has signed in yet, or to another app than that of these values: there is nothing to test."""
    if not _is_oauth(engine.registry.connector(record.connector), record.auth):
        return False
    return "granted" not in record.public or entered.values.get("client_id") != record.public.get("client_id")


def _new_form(request: Request, engine: Stepline, app: Connector, auth: AuthKind, entered: Entered) -> Response:
    schema = engine.connections.schema(app.key, auth.key)
    return render(
        request,
        "connections/new.html",
        status_code=422 if entered.problems or entered.outcome else 200,
        connector=app,
        next=safe_next(request.query_params.get("next"), ""),
        auth=auth,
        entered=entered,
        fields=forms.fields(schema, entered.values, prefix=PREFIX, problems=_to_mend(entered, schema)),
        sign_in=panel(engine, auth, None),
    )


def _page(request: Request, engine: Stepline, record: ConnectionRecord, entered: Entered) -> Response:
    connector = engine.registry.connectors.get(record.connector)
    if connector is None:
        raise NotFound(f"The connector “{record.connector}” is not installed any more.", record.id)
    schema = engine.connections.schema(record.connector, record.auth)
    problems = _to_mend(entered, schema)
    kept = TYPE_AGAIN not in problems.values()
    fields = forms.fields(schema, entered.values, prefix=PREFIX, problems=problems, stored_secrets=kept)
    hook = engine.connections.hook(record.id) if connector.webhook else None
    return render(
        request,
        "connections/connection.html",
        status_code=422 if entered.problems or entered.outcome else 200,
        connection=record,
        connector=connector,
        back=safe_next(request.query_params.get("next"), ""),
        auth=next((kind for kind in connector.auth if kind.key == record.auth), connector.auth[0]),
        entered=entered,
        fields=fields,
        used_by=engine.connections.used_by(record.id),
        sign_in=panel(engine, connector.auth_kind(record.auth), record),
        care=care_of(record, engine.registry.connectors, engine.clock()),
        is_typed=is_typed(record, engine.registry.connectors),
        key_days=key_age(record, engine.clock()).days,
        expires_at=_expiry(record),
        hook=hook,
        hook_url=engine.settings.public_url + hook.path if hook else "",
    )


def _to_mend(entered: Entered, schema: Mapping[str, Any]) -> Mapping[str, str]:
    """What the app refused and is secret is not sent back to the browser, so it has to be typed again."""
    if entered.outcome is None:
        return entered.problems
    secrets = [key for key, part in schema["properties"].items() if part.get("x-secret") and key in entered.values]
    return {**entered.problems, **{f"{PREFIX}/{key}": TYPE_AGAIN for key in secrets}}


def _expiry(record: ConnectionRecord) -> datetime | None:
    """When the present sign-in ends, for connections that have one."""
    try:
        return datetime.fromisoformat(str(record.public.get("expires_at", "")))
    except ValueError:
        return None


def _then_sign_in() -> Flash:
    return Flash("Saved. Enter the redirect address in your app, then sign in.", "info")


def _problem(outcome: TestOutcome) -> str:
    """What the app says need not end like a sentence."""
    return f"{outcome.message.rstrip('.')}. {outcome.remedy}".strip()


def _saved(outcome: TestOutcome) -> Flash:
    if outcome.kind == FailureKind.AUTH:
        return Flash("Saved, although the app did not let Stepline in. Workflows that need it will be held.", "warn")
    if not outcome.ok:
        return Flash(f"Saved, but not proved: {_problem(outcome)}", "warn")
    text = f"The connection works: {outcome.message}." if outcome.message else "The connection is saved."
    if outcome.released:
        text += f" {outcome.released} held {'run goes' if outcome.released == 1 else 'runs go'} on now."
    return Flash(text)
