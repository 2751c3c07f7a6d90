"""Importing workflows from a file or from pasted text: one recipe, or several in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from engine.assembly import Stepline
from engine.bundles import parse_bundle
from engine.errors import Invalid
from engine.recipes import Recipe
from web.deps import Engine, SignedIn
from web.drawing import connectors_of
from web.flash import Flash
from web.forms import Form, Posted, first
from web.htmx import redirect, render
from web.routes.recipes import import_form, import_recipe
from web.templating import plural

router = APIRouter()


@router.get("/workflows/import")
def choose_file(request: Request, user: SignedIn) -> Response:
    return render(request, "recipes/paste.html", text="", refused=None)


@router.post("/workflows/import")
def read_file(request: Request, user: SignedIn, engine: Engine, form: Posted) -> Response:
    """First the file alone, which is checked; then, with step=import, its accounts and settings too."""
    text = first(form, "file").strip() or first(form, "text")
    try:
        recipes = parse_bundle(engine.recipes, text)
    except Invalid as refused:
        return render(request, "recipes/paste.html", status_code=422, text=text, refused=refused)
    importing = first(form, "step") == "import"
    if len(recipes) == 1:
        recipe = recipes[0]
        return (
            import_recipe(request, engine, recipe, form, text)
            if importing
            else import_form(request, engine, recipe, text=text)
        )
    return _import_many(request, engine, recipes, form) if importing else _ask(request, engine, recipes, text)


def _ask(request: Request, engine: Stepline, recipes: Sequence[Recipe], text: str) -> Response:
    """Which account stands for each kind of account that the recipes need."""
    wanted = _wanted(recipes)
    accounts = {key: engine.connections.list(connector) for key, (connector, _) in wanted.items()}
    return render(
        request,
        "recipes/bundle.html",
        recipes=recipes,
        text=text,
        wanted=wanted,
        accounts=accounts,
        chosen={key: known[0].id for key, known in accounts.items() if len(known) == 1},
        connectors=engine.registry.connectors,
        apps=[connectors_of(recipe.definition) for recipe in recipes],
    )


def _import_many(request: Request, engine: Stepline, recipes: Sequence[Recipe], form: Form) -> Response:
    incomplete = 0
    for recipe in recipes:
        keys = {alias: _key(entry) for alias, entry in recipe.connections.items()}
        chosen = {alias: first(form, f"connections/{key}") for alias, key in keys.items()}
        made = engine.recipes.import_recipe(
            recipe, connections={alias: connection for alias, connection in chosen.items() if connection}
        )
        incomplete += bool(made.problems)
    text = f"{plural(len(recipes), 'workflow')} imported, all switched off."
    if incomplete:
        text += f" {incomplete} of them still {'needs' if incomplete == 1 else 'need'} something: open to see what."
    return redirect(request, "/workflows", Flash(text, "warn" if incomplete else "good"))


def _wanted(recipes: Sequence[Recipe]) -> Mapping[str, tuple[str, str]]:
    """Key → (connector, title) of each account; recipes that call an account the same mean the same one."""
    entries = [entry for recipe in recipes for entry in recipe.connections.values()]
    return {_key(entry): (entry["connector"], entry.get("title", "")) for entry in entries}


def _key(entry: Mapping[str, str]) -> str:
    return f"{entry['connector']}:{entry.get('title', '')}"
