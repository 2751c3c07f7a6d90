"""Recipes: the ready-made workflows that come with this server."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from engine.recipes import Recipe as RecipeRecord
from web.api.access import TokenUser
from web.api.answers import Listing
from web.api.routing import api_router, failures
from web.deps import Engine

router = api_router("Recipes", "/recipes")


class NeededAccount(BaseModel):
    connector: str = Field(description="Key of the app.")
    title: str = ""


class Recipe(BaseModel):
    """What a recipe does and what it needs."""

    slug: str
    name: str
    description: str
    category: str
    connections: dict[str, NeededAccount] = Field(description="The accounts it needs, by the names it gives them.")
    settings: dict[str, Any] = Field(description="What can be filled in, by key.")


class RecipeFile(BaseModel):
    """A whole workflow as a file, to be given to other servers: names in place of accounts, and no secrets."""

    model_config = ConfigDict(extra="allow")

    format: int = Field(examples=[1])
    slug: str
    name: str
    description: str
    category: str
    connections: dict[str, NeededAccount]
    settings: dict[str, Any] = {}
    trigger: dict[str, Any]
    steps: list[dict[str, Any]]


@router.get("", summary="List recipes", responses=failures())
def list_recipes(user: TokenUser, engine: Engine) -> Listing[Recipe]:
    """All recipes of this server by name."""
    return Listing(items=[_summary(recipe) for recipe in engine.recipes.bundled])


@router.get("/{slug}", summary="Get a recipe", responses=failures(404), response_model_exclude_unset=True)
def get_recipe(
    user: TokenUser, engine: Engine, slug: Annotated[str, Path(description="Slug of the recipe.")]
) -> RecipeFile:
    """The whole recipe, as its file has it."""
    return RecipeFile.model_validate(engine.recipes.get(slug).as_dict())


def _summary(recipe: RecipeRecord) -> Recipe:
    return Recipe(
        slug=recipe.slug,
        name=recipe.name,
        description=recipe.description,
        category=recipe.category,
        connections={
            alias: NeededAccount(connector=needed["connector"], title=needed.get("title", ""))
            for alias, needed in recipe.connections.items()
        },
        settings=dict(recipe.definition.get("settings", {})),
    )
