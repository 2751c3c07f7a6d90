"""Recipes: the gallery, the preview, and making a workflow of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from engine.recipes import Recipe
from web import forms
from web.deps import Engine, SignedIn
from web.drawing import draw
from web.flash import Flash
from web.forms import Posted, first
from web.htmx import redirect, render
from web.settings_form import settings_schema, settings_values

router = APIRouter()


@router.get("/recipes")
def list_recipes(request: Request, user: SignedIn, engine: Engine, q: str = "", category: str = "") -> Response:
    bundled = engine.recipes.bundled
    words = q.lower().split()
    shown = [
        recipe
        for recipe in bundled
        if (not category or recipe.category == category)
        and all(word in f"{recipe.name} {recipe.description} {recipe.category}".lower() for word in words)
    ]
    return render(
        request,
        "recipes/index.html",
        fragment="recipes/_cards.html",
        recipes=shown,
        categories=sorted({recipe.category for recipe in bundled if recipe.category}),
        category=category,
        q=q,
        drawings={recipe.slug: draw(recipe.definition, engine.registry) for recipe in shown},
    )


@router.get("/recipes/{slug}")
def show_recipe(request: Request, user: SignedIn, engine: Engine, slug: str) -> Response:
    return import_form(request, engine, engine.recipes.get(slug))


@router.post("/recipes/{slug}")
def import_bundled(request: Request, user: SignedIn, engine: Engine, slug: str, form: Posted) -> Response:
    return import_recipe(request, engine, engine.recipes.get(slug), form)


def import_recipe(request: Request, engine: Stepline, recipe: Recipe, form: forms.Form, text: str = "") -> Response:
    """Makes the workflow; what is still missing is listed on its page. 422 when a field cannot be read."""
    values, problems = forms.read(settings_schema(recipe.definition), form, prefix="settings")
    connections = {alias: first(form, f"connections/{alias}") for alias in recipe.connections}
    chosen = {alias: connection for alias, connection in connections.items() if connection}
    name = first(form, "name").strip()
    if problems:
        return import_form(
            request, engine, recipe, text=text, values=values, chosen=chosen, name=name, problems=problems
        )
    made = engine.recipes.import_recipe(recipe, connections=chosen, settings=values, name=name or None)
    if made.problems:
        message = Flash("Imported. Mend what is listed below, then switch it on.", "warn")
    else:
        message = Flash("Imported and ready. Test it, then switch it on.")
    return redirect(request, f"/workflows/{made.workflow.id}", message)


def import_form(
    request: Request,
    engine: Stepline,
    recipe: Recipe,
    *,
    text: str = "",
    values: Mapping[str, Any] | None = None,
    chosen: Mapping[str, str] | None = None,
    name: str = "",
    problems: Mapping[str, str] | None = None,
) -> Response:
    """The preview with the accounts to choose and the settings to fill in. `text`: the recipe when it was pasted."""
    shown = settings_values(recipe.definition) if values is None else values
    fields = forms.fields(
        settings_schema(recipe.definition), shown, prefix="settings", problems=problems, stored_secrets=False
    )
    accounts = {alias: engine.connections.list(wanted["connector"]) for alias, wanted in recipe.connections.items()}
    preset = {alias: known[0].id for alias, known in accounts.items() if len(known) == 1}
    return render(
        request,
        "recipes/recipe.html",
        status_code=422 if problems else 200,
        recipe=recipe,
        text=text,
        name=name or recipe.name,
        drawing=draw(recipe.definition, engine.registry),
        fields=fields,
        accounts=accounts,
        chosen=preset if chosen is None else chosen,
        connectors=engine.registry.connectors,
    )
