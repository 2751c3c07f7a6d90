"""Importing a workflow from a file or from pasted text."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.errors import Invalid
from web.deps import Engine, SignedIn
from web.forms import Posted, first
from web.htmx import render
from web.routes.recipes import import_form, import_recipe

router = APIRouter()


@router.get("/workflows/import")
def choose_file(request: Request, user: SignedIn) -> Response:
    return render(request, "recipes/paste.html", text="", refused=None)


@router.post("/workflows/import")
def read_file(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    """First the recipe alone, which is checked; then, with step=import, its accounts and settings too."""
    text = first(form, "file").strip() or first(form, "text")
    try:
        recipe = engine.recipes.parse(text)
    except Invalid as refused:
        return render(request, "recipes/paste.html", status_code=422, text=text, refused=refused)
    if first(form, "step") == "import":
        return import_recipe(request, engine, recipe, form, text)
    return import_form(request, engine, recipe, text=text)
