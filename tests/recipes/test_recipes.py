"""The recipes that come with Stepline can be imported, name nothing of anybody's account, and fit the samples."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from connectors._kit.expressions import compile_template
from connectors._kit.registry import Registry
from connectors._kit.schema import compile_schema
from engine.definition.check import Checker
from engine.definition.model import parse, setting_value, walk
from engine.definition.rules import TESTS
from engine.recipes import SCHEMA_FILE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "recipes"
SCHEMA = json.loads(SCHEMA_FILE.read_text())
RECIPES = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
REGISTRY = Registry.load(strict=False)

Json = dict[str, Any]
every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


def definition(recipe: Mapping[str, Any]) -> Json:
    return {part: recipe[part] for part in ("trigger", "settings", "steps")}


def operation_steps(recipe: Json) -> Iterator[Json]:
    return (step for _, step in walk(definition(recipe)) if "operation" in step)


def chosen(setting: Json) -> Any:
    """What somebody might choose for a setting."""
    default = setting_value(setting)
    if default is not None:
        return default
    if "options" in setting:
        return REGISTRY.operation(setting["options"]["operation"]).sample[0]["value"]
    return {"email": "news@example.com"}.get(setting.get("format", ""), "Something")


def scope_of(recipe: Json, trigger: Any) -> Json:
    """What the steps see in a run where every step before gave its operation's sample."""
    steps = {step["key"]: REGISTRY.operation(step["operation"]).sample for step in operation_steps(recipe)}
    settings = {key: chosen(setting) for key, setting in recipe["settings"].items()}
    return {
        "trigger": trigger,
        "steps": steps,
        "workflow": {"id": "w1", "name": recipe["name"], "settings": settings},
        "run": {"id": "r1", "started_at": "2026-01-02T03:04:05Z"},
    }


def test_seven_recipes_come_with_stepline() -> None:
    assert sorted(RECIPES) == [
        "appointments-to-mailercloud-property",
        "mailercloud-change-pulls-contact-and-tasks",
        "mailercloud-click-creates-gohighlevel-task",
        "mailercloud-contact-to-gohighlevel",
        "new-contact-welcome-sequence",
        "notes-to-mailercloud-property",
        "unsubscribe-sets-do-not-disturb",
    ]


def test_the_recipe_format_is_a_valid_schema_around_the_workflow_format() -> None:
    workflow = json.loads((ROOT / "engine/definition/definition.schema.json").read_text())

    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"] == workflow["$defs"]
    assert {part: SCHEMA["properties"][part] for part in workflow["properties"]} == workflow["properties"]


@every_recipe
def test_recipe_fits_the_format(recipe: Json) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(recipe)


@pytest.mark.parametrize(
    "mistake",
    [
        {"format": 2},
        {"slug": "Not A Slug"},
        {"password": "hunter2"},
        {"connections": {"ghl": {"connector": "gohighlevel", "token": "pit-1"}}},
        {"steps": [{"key": "a", "kind": "dance"}]},
        {"steps": [{"key": "a", "kind": "filter", "rules": [], "oops": 1}]},
    ],
    ids=lambda mistake: ",".join(mistake),
)
def test_mistake_does_not_fit_the_format(mistake: Json) -> None:
    recipe = RECIPES["new-contact-welcome-sequence"]

    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid({**recipe, **mistake})


@every_recipe
def test_recipe_is_named_like_its_file(recipe: Json) -> None:
    assert RECIPES[recipe["slug"]] is recipe


@every_recipe
def test_recipe_can_run_once_its_settings_are_chosen(recipe: Json) -> None:
    accounts = {alias: entry["connector"] for alias, entry in recipe["connections"].items()}
    checker = Checker(REGISTRY, lambda: {})

    assert checker.check(definition(recipe), accounts, values_needed=False) == []
    parse(definition(recipe))
    for setting in recipe["settings"].values():
        setting = dict(setting, value=chosen(setting))
        assert compile_schema({"type": setting["type"]}).problems(setting["value"]) == ()


@every_recipe
def test_every_account_of_a_recipe_is_used(recipe: Json) -> None:
    holders = [recipe["trigger"], *operation_steps(recipe)]
    holders += [setting["options"] for setting in recipe["settings"].values() if "options" in setting]

    assert {holder["connection"] for holder in holders} == set(recipe["connections"])


@every_recipe
def test_recipe_names_nothing_of_anybodys_account(recipe: Json) -> None:
    text = json.dumps(recipe)
    assert "sandbox" not in text and "@" not in text and "http" not in text
    for setting in recipe["settings"].values():
        assert "value" not in setting
        assert "options" not in setting or "default" not in setting


@every_recipe
def test_every_step_can_be_read_by_a_marketer(recipe: Json) -> None:
    steps = [step for _, step in walk(definition(recipe))]

    assert recipe["description"] and recipe["category"] and recipe["trigger"]["title"]
    assert all(step["title"] != step["key"] and "_" not in step["title"] for step in steps)
    assert all(setting["title"] for setting in recipe["settings"].values())


@every_recipe
@pytest.mark.parametrize("filled", [True, False], ids=["full", "bare"])
def test_steps_make_inputs_that_their_operations_accept(recipe: Json, filled: bool) -> None:
    full = REGISTRY.operation(recipe["trigger"]["operation"]).sample
    needed = ("id", "email", "contactId", "startTime")
    bare = {key: value for key, value in full.items() if key in needed}
    scope = scope_of(recipe, full if filled else bare)

    for step in operation_steps(recipe):
        schema = compile_schema(REGISTRY.operation(step["operation"]).input_schema)
        accepted = schema.accept(compile_template(step["input"]).render(scope))
        assert "" not in accepted.values(), "an empty field must not wipe out what is there"


@every_recipe
def test_filters_let_the_samples_through(recipe: Json) -> None:
    scope = scope_of(recipe, REGISTRY.operation(recipe["trigger"]["operation"]).sample)

    for _, step in walk(definition(recipe)):
        for rule in step.get("rules", []):
            left = compile_template(rule["left"]).render(scope)
            right = compile_template(rule.get("right", "")).render(scope)
            assert TESTS[rule["test"]].check(left, right)


def test_welcome_waits_one_day_unless_told_otherwise() -> None:
    recipe = RECIPES["new-contact-welcome-sequence"]
    [wait] = [step for step in recipe["steps"] if step["kind"] == "delay"]

    assert wait["for"]["unit"] == "days"
    assert compile_template(wait["for"]["amount"]).render(scope_of(recipe, {})) == 1


def test_welcome_text_keeps_its_lines_and_a_name_cannot_bring_html() -> None:
    recipe = RECIPES["new-contact-welcome-sequence"]
    scope = scope_of(recipe, {"email": "jane@example.com", "firstName": "<a href=x>Jane"})
    scope["workflow"]["settings"]["welcome_text"] = "First line\nSecond line"
    [mail] = [step for step in recipe["steps"] if step["key"] == "welcome_mail"]

    html = compile_template(mail["input"]["html"]).render(scope)
    assert html == "<p>Hello a href=x>Jane,</p>\n<p>First line<br>Second line</p>"


def test_tasks_are_summed_up_by_their_titles() -> None:
    recipe = RECIPES["mailercloud-change-pulls-contact-and-tasks"]
    scope = scope_of(recipe, {"id": "c1", "email": "jane@example.com"})
    scope["steps"]["list_tasks"] = {
        "tasks": [
            {"title": "Call", "completed": False},
            {"title": "Invoice", "completed": True},
            {"title": "Send samples", "completed": False},
        ]
    }
    [write] = [step for step in recipe["steps"] if step["key"] == "write_summary"]

    assert compile_template(write["input"]["value"]).render(scope) == "Open tasks: 2. Call; Send samples"
