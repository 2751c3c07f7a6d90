"""Importing an API: choose a description, look at what comes of it, save it as a connector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.api_import import Preview
from engine.errors import Conflict, Invalid, Refused
from web.deps import Engine, Owner
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render

if TYPE_CHECKING:
    from connectors._kit.openapi import Note

router = APIRouter()

WEIGHTS = (
    ("left_out", "Left out", "warn"),
    ("changed", "Carried over, but not exactly as described", "info"),
    ("guessed", "Guessed: worth a look", "info"),
)
KINDS = (("trigger", "Triggers"), ("action", "Actions"), ("search", "Searches"))


@router.get("/catalogue/import")
def choose_description(request: Request, user: Owner, engine: Engine) -> Response:
    return _choose(request, engine)


@router.post("/catalogue/import")
def read_description(request: Request, user: Owner, engine: Engine, form: Posted) -> Response:
    text = first(form, "file").strip() or first(form, "text")
    try:
        return redirect(request, f"/catalogue/import/{engine.api_import.keep(text)}")
    except Invalid as refused:
        return _choose(request, engine, refused, text[:100_000])


@router.post("/catalogue/import/remove")
def remove_connector(request: Request, user: Owner, engine: Engine, form: Posted) -> Response:
    key = first(form, "key")
    if engine.connections.list(key):
        raise Refused("There are connections to this app. Delete them first.")
    engine.api_import.remove(key)
    return redirect(request, "/catalogue/import", Flash("The connector is removed."))


@router.get("/catalogue/import/{kept_id}")
def look_at_import(
    request: Request, user: Owner, engine: Engine, kept_id: str, key: str = "", name: str = ""
) -> Response:
    preview = engine.api_import.preview(engine.api_import.kept(kept_id), key, name)
    return _shown(request, preview)


@router.post("/catalogue/import/{kept_id}")
def save_import(request: Request, user: Owner, engine: Engine, kept_id: str, form: Posted) -> Response:
    content = engine.api_import.kept(kept_id)
    key, name, header = first(form, "key"), first(form, "name"), first(form, "signature_header")
    try:
        preview = engine.api_import.preview(content, key, name, header)
    except Invalid as refused:
        plain = engine.api_import.preview(content, "", name)
        return _shown(request, plain, key=key, header=header, problem=refused.message)
    if first(form, "do") == "look":
        return _shown(request, preview, header=header)
    try:
        connector = engine.api_import.save(preview, replace=bool(first(form, "replace")))
    except (Conflict, Refused) as refusal:
        return _shown(request, preview, header=header, problem=refusal.message)
    message = f"{connector.name} is in the catalogue, with {len(connector.operations)} operations."
    return redirect(request, f"/catalogue/{connector.key}", Flash(message))


def _choose(request: Request, engine: Engine, refused: Invalid | None = None, text: str = "") -> Response:
    return render(
        request,
        "imports/choose.html",
        status_code=422 if refused else 200,
        refused=refused,
        text=text,
        own=engine.api_import.own(),
    )


def _shown(request: Request, preview: Preview, *, key: str = "", header: str = "", problem: str = "") -> Response:
    """The preview; with what stands in the way of saving beside the key."""
    counts = preview.imported.counts
    return render(
        request,
        "imports/preview.html",
        status_code=422 if problem else 200,
        preview=preview,
        key=key or preview.key,
        header=header,
        has_webhook="webhook" in preview.imported.manifest,
        problem=problem,
        figures=[(title, counts.get(kind, 0)) for kind, title in KINDS],
        report=[(title, tone, found) for weight, title, tone in WEIGHTS if (found := _notes(preview, weight))],
        groups=_groups(preview),
    )


def _notes(preview: Preview, weight: str) -> list[Note]:
    return [note for note in preview.notes if note.weight == weight]


def _groups(preview: Preview) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
    """The operations by the title of their resource."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for (resource, _), raw in preview.imported.operations.items():
        found.setdefault(resource, []).append(raw)
    titles = preview.imported.manifest["resources"]
    return [(titles[resource]["title"], operations) for resource, operations in found.items()]
