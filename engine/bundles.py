"""Several recipes in one file, for carrying many workflows at once from one Stepline to another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.errors import Invalid, Problem
from engine.recipes import FORMAT, Recipe, RecipeFiles


def bundle_json(recipes: Sequence[Recipe]) -> str:
    """One recipe is written as its own file would be."""
    if len(recipes) == 1:
        return recipes[0].as_json()
    content = {"format": FORMAT, "recipes": [recipe.as_dict() for recipe in recipes]}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def parse_bundle(files: RecipeFiles, text: str) -> Sequence[Recipe]:
    """The recipes of a file with several, or of one with a single recipe.

    Raises Invalid with the problems of all of them; each says in which recipe it is.
    """
    entries = _entries(text)
    if entries is None:
        return [files.parse(text)]
    recipes, problems = [], []
    for index, entry in enumerate(entries):
        try:
            recipes.append(files.read(entry))
        except Invalid as error:
            name = entry.get("name") if isinstance(entry, dict) else None
            problems += [_placed(problem, index, str(name or f"Recipe {index + 1}")) for problem in error.problems]
    if problems:
        raise Invalid(f"{len(entries) - len(recipes)} of {len(entries)} recipes cannot be read.", problems)
    return recipes


def _entries(text: str) -> list[Any] | None:
    """None for anything but a file with several recipes."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found = data.get("recipes") if isinstance(data, dict) else None
    return found if isinstance(found, list) and found else None


def _placed(problem: Problem, index: int, name: str) -> Problem:
    return replace(problem, message=f"“{name}”: {problem.message}", pointer=f"/recipes/{index}{problem.pointer}")
