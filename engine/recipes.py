"""Recipes: ready-made workflows as JSON files, with names for the accounts they need and never a secret."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors._kit.redact import without_log_ins
from connectors._kit.registry import Registry
from connectors._kit.schema import compile_schema
from engine.definition.check import Checker
from engine.definition.model import walk
from engine.errors import Invalid, NotFound, Problem
from engine.workflows import WorkflowRecord, Workflows

FORMAT = 1
FOLDER = Path(__file__).parent.parent / "recipes"
SCHEMA_FILE = Path(__file__).with_name("recipe.schema.json")
DEFINITION_PARTS = ("trigger", "settings", "steps")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe that has been read. `connections` maps its names for accounts to {"connector", "title"}."""

    slug: str
    name: str
    description: str
    category: str
    connections: Mapping[str, Mapping[str, str]]
    definition: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The recipe as its file has it."""
        return {
            "format": FORMAT,
            "slug": self.slug,
            "name": self.name,
            "description": self.description,
            "category": self.category,
            "connections": dict(self.connections),
            **self.definition,
        }

    def as_json(self) -> str:
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Imported:
    """The new workflow, switched off, and what is still to do before it can run."""

    workflow: WorkflowRecord
    problems: Sequence[Problem]


class RecipeFiles:
    """Reads and checks recipes; needs no database."""

    def __init__(self, registry: Registry, checker: Checker, folder: Path = FOLDER) -> None:
        self._registry = registry
        self._checker = checker
        self._folder = folder

    @cached_property
    def bundled(self) -> Sequence[Recipe]:
        """The recipes that come with Stepline, by name."""
        files = sorted(self._folder.glob("*.json"))
        return sorted((_recipe(json.loads(path.read_text())) for path in files), key=lambda recipe: recipe.name)

    def get(self, slug: str) -> Recipe:
        """A bundled recipe. Raises NotFound."""
        for recipe in self.bundled:
            if recipe.slug == slug:
                return recipe
        raise NotFound(f"There is no recipe “{slug}”.")

    def parse(self, text: str) -> Recipe:
        """Read a recipe file. Raises Invalid with every problem, by step and field."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Invalid("This is not a recipe: it is not valid JSON.", [Problem(str(error))]) from error
        return self.read(data)

    def read(self, data: Any) -> Recipe:
        """The same for what was in the file."""
        problems = self.check(data)
        if problems:
            raise Invalid(f"This recipe has {_count(problems)} to mend.", problems)
        return _recipe(data)

    def check(self, data: Any) -> Sequence[Problem]:
        """Every problem of a recipe; empty when it can be imported."""
        if not isinstance(data, dict):
            return [Problem("A recipe is a JSON object with format, name, trigger and steps.")]
        if isinstance(data.get("format"), int) and data["format"] > FORMAT:
            newer = (
                f"This recipe has format {data['format']}; this Stepline reads up to {FORMAT}. Update Stepline first."
            )
            return [Problem(newer, "/format")]
        outline = {name: value for name, value in data.items() if name not in DEFINITION_PARTS}
        problems = [Problem(p.message, p.pointer) for p in self._outline_schema.problems(outline)]
        problems += self._connection_problems(data.get("connections"))
        aliases = _connectors(data.get("connections"))
        definition = {name: data[name] for name in DEFINITION_PARTS if name in data}
        return [*problems, *self._checker.check(definition, aliases, values_needed=False)]

    def _connection_problems(self, connections: Any) -> list[Problem]:
        if not isinstance(connections, dict):
            return []
        return [
            Problem(f"There is no connector “{connector}”.", f"/connections/{alias}/connector")
            for alias, connector in _connectors(connections).items()
            if connector not in self._registry.connectors
        ]

    @cached_property
    def _outline_schema(self) -> Any:
        schema = json.loads(SCHEMA_FILE.read_text())
        properties = {name: value for name, value in schema["properties"].items() if name not in DEFINITION_PARTS}
        required = [name for name in schema["required"] if name not in DEFINITION_PARTS]
        return compile_schema({**schema, "properties": properties, "required": required})


class Recipes(RecipeFiles):
    """Makes workflows of recipes and recipes of workflows."""

    def __init__(self, registry: Registry, checker: Checker, workflows: Workflows, folder: Path = FOLDER) -> None:
        super().__init__(registry, checker, folder)
        self._workflows = workflows

    def import_recipe(
        self,
        recipe: Recipe,
        *,
        connections: Mapping[str, str],
        settings: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> Imported:
        """Make a workflow of it. `connections` maps the recipe's account names to connection ids.

        Accounts and settings that are not given stay open and are listed as problems.
        """
        definition = copy.deepcopy(dict(recipe.definition))
        for holder in _holders(definition):
            alias = holder.get("connection")
            if alias is not None:
                holder["connection"] = connections.get(alias)
        for key, value in (settings or {}).items():
            if key in definition.get("settings", {}):
                definition["settings"][key]["value"] = value
        workflow = self._workflows.create(
            name or recipe.name, definition, description=recipe.description, recipe=recipe.slug
        )
        return Imported(workflow, self._checker.check(workflow.draft))

    def export(self, workflow_id: str) -> Recipe:
        """The workflow's draft as a recipe: accounts become names, without chosen settings and typed-in log-ins."""
        workflow = self._workflows.get(workflow_id)
        definition = copy.deepcopy(workflow.draft)
        connections = self._name_accounts(definition)
        for setting in definition.get("settings", {}).values():
            setting.pop("value", None)
        for holder in _holders(definition):
            if holder.get("input"):
                holder["input"] = without_log_ins(holder["input"], hidden="")
        return Recipe(
            slug=_slug(workflow.name),
            name=workflow.name,
            description=workflow.description,
            category="My workflows",
            connections=connections,
            definition=definition,
        )

    def _name_accounts(self, definition: dict[str, Any]) -> dict[str, dict[str, str]]:
        """Replace connection ids by names such as `mailercloud` or `mailercloud_2`."""
        names: dict[str, str] = {}
        connections: dict[str, dict[str, str]] = {}
        for holder in _holders(definition):
            connection_id = holder.get("connection")
            if not connection_id:
                continue
            if connection_id not in names:
                connector = self._registry.connector(holder["operation"].partition(".")[0])
                taken = sum(1 for entry in connections.values() if entry["connector"] == connector.key)
                names[connection_id] = connector.key if not taken else f"{connector.key}_{taken + 1}"
                title = f"{connector.name} account" if not taken else f"{connector.name} account {taken + 1}"
                connections[names[connection_id]] = {"connector": connector.key, "title": title}
            holder["connection"] = names[connection_id]
        return connections


def _recipe(data: Mapping[str, Any]) -> Recipe:
    return Recipe(
        slug=data["slug"],
        name=data["name"],
        description=data.get("description", ""),
        category=data.get("category", ""),
        connections=data.get("connections", {}),
        definition={name: data[name] for name in DEFINITION_PARTS if name in data},
    )


def _connectors(connections: Any) -> dict[str, str]:
    if not isinstance(connections, dict):
        return {}
    return {alias: str(entry.get("connector", "")) for alias, entry in connections.items() if isinstance(entry, dict)}


def _holders(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything that may name a connection: the trigger, the steps, and settings with a dropdown."""
    steps = [step for _, step in walk(definition) if "operation" in step]
    options = [s["options"] for s in definition.get("settings", {}).values() if s.get("options")]
    return [definition["trigger"], *steps, *options]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80] or "workflow"


def _count(problems: Sequence[Problem]) -> str:
    return "one thing" if len(problems) == 1 else f"{len(problems)} things"
