"""Folders of workflows: make, rename, delete."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.errors import Conflict, Invalid
from web.deps import Engine, SignedIn
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect

router = APIRouter()


@router.post("/folders")
def create(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    try:
        folder = engine.folders.create(first(form, "name"))
    except (Invalid, Conflict) as refused:
        return redirect(request, "/workflows", Flash(refused.message, "bad"))
    message = Flash(f"The folder “{folder.name}” is there. Tick workflows in the list to move them into it.")
    return redirect(request, f"/workflows?folder={folder.id}", message)


@router.post("/folders/{folder_id}/rename")
def rename(request: Request, user: SignedIn, engine: Engine, folder_id: str, form: Posted) -> Response:
    back = f"/workflows?folder={folder_id}"
    try:
        engine.folders.rename(folder_id, first(form, "name"))
    except (Invalid, Conflict) as refused:
        return redirect(request, back, Flash(refused.message, "bad"))
    return redirect(request, back, Flash("Renamed."))


@router.post("/folders/{folder_id}/delete")
def delete(request: Request, user: SignedIn, engine: Engine, folder_id: str) -> Response:
    """Only the folder goes; its workflows stay."""
    engine.folders.delete(folder_id)
    return redirect(request, "/workflows", Flash("The folder is gone. Its workflows are still here.", "info"))
