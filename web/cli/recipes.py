"""`stepline recipes`: ready-made workflows as JSON files."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from engine.assembly import Stepline
from engine.connector_folders import all_connectors
from engine.definition.check import Checker
from engine.errors import Invalid, NotFound, Problem
from engine.recipes import Imported, Recipe, RecipeFiles
from engine.settings import Settings
from web.cli.finding import workflow_named
from web.cli.opening import DataDir, opened
from web.cli.output import AsJson, complain, counted, examples, show_json, show_table

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Ready-made workflows as JSON files: look, check, import, export."
)


@app.command("list", epilog=examples("stepline recipes list"))
def list_recipes(as_json: AsJson = False) -> None:
    """List the recipes that come with Stepline."""
    recipes = _files().bundled
    if as_json:
        show_json([_summary(recipe) for recipe in recipes])
        return
    rows = (
        [recipe.slug, recipe.name, ", ".join(sorted(entry["connector"] for entry in recipe.connections.values()))]
        for recipe in recipes
    )
    show_table(["recipe", "name", "accounts"], rows, empty="There are no recipes.")


@app.command(epilog=examples("stepline recipes validate my-recipe.json", "stepline recipes validate recipes/*.json"))
def validate(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Recipe files.")],
    as_json: AsJson = False,
) -> None:
    """Check recipe files; every problem is named by step and field."""
    reader = _files()
    found = {str(file): _problems(reader, file) for file in files}
    if as_json:
        show_json([{"file": file, "problems": [p.as_dict() for p in problems]} for file, problems in found.items()])
    else:
        for file, problems in found.items():
            typer.echo(f"{file}: {counted(len(problems), 'problem') if problems else 'fine'}")
            for problem in problems:
                typer.echo(f"  - {_where(problem)}{problem.message}")
    raise typer.Exit(1 if any(found.values()) else 0)


@app.command(
    "import",
    epilog=examples(
        "stepline recipes import new-contact-welcome-sequence",
        "stepline recipes import my-recipe.json --connection ghl='My agency' --set list_id=abc --enable",
    ),
)
def import_recipe(
    recipe: Annotated[str, typer.Argument(help="A recipe file, - for standard input, or the name of a recipe.")],
    connections: Annotated[
        list[str] | None,
        typer.Option(
            "--connection",
            metavar="ACCOUNT=CONNECTION",
            help="Which connection (name or id) to use for an account of the recipe. May be left out when "
            "there is only one for the app.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="SETTING=VALUE", help="The value of a setting of the recipe.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Another name for the workflow.")] = None,
    enable: Annotated[bool, typer.Option("--enable", help="Switch the workflow on when nothing is missing.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a workflow of a recipe. It stays switched off until nothing is missing."""
    with opened(data_dir) as stepline:
        try:
            read = _read(stepline, recipe)
        except Invalid as error:
            _refuse(error, as_json=as_json)
        imported = stepline.recipes.import_recipe(
            read,
            connections=_accounts(stepline, read, _pairs(connections, "--connection")),
            settings=_values(read, _pairs(settings, "--set")),
            name=name,
        )
        if enable and not imported.problems:
            stepline.workflows.enable(imported.workflow.id)
    _report(imported, enabled=enable and not imported.problems, as_json=as_json)
    raise typer.Exit(1 if enable and imported.problems else 0)


@app.command(
    epilog=examples("stepline recipes export 'Welcome new contacts'", "stepline recipes export 01J9… -o mine.json")
)
def export(
    workflow: Annotated[str, typer.Argument(help="Name or id of a workflow.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", dir_okay=False, help="The file to write.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a workflow's draft as a recipe, without credentials and without the values of its settings."""
    with opened(data_dir) as stepline:
        text = stepline.recipes.export(workflow_named(stepline, workflow).id).as_json()
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        typer.echo(f"Wrote {output}.", err=True)


def _files() -> RecipeFiles:
    registry = all_connectors(Settings.load().connectors_dir)
    return RecipeFiles(registry, Checker(registry, dict))


def _summary(recipe: Recipe) -> dict[str, Any]:
    return {
        "slug": recipe.slug,
        "name": recipe.name,
        "description": recipe.description,
        "category": recipe.category,
        "connections": recipe.connections,
    }


def _problems(reader: RecipeFiles, file: Path) -> Sequence[Problem]:
    try:
        reader.parse(file.read_text(encoding="utf-8"))
    except Invalid as error:
        return error.problems
    except UnicodeDecodeError:
        return [Problem("This is not a text file in UTF-8.")]
    return []


def _where(problem: Problem) -> str:
    if problem.step:
        return f"step {problem.step}{f', field {problem.field}' if problem.field else ''}: "
    return f"{problem.pointer}: " if problem.pointer else ""


def _read(stepline: Stepline, source: str) -> Recipe:
    if source == "-":
        return stepline.recipes.parse(sys.stdin.read())
    if Path(source).is_file():
        return stepline.recipes.parse(Path(source).read_text(encoding="utf-8"))
    try:
        return stepline.recipes.get(source)
    except NotFound as error:
        raise NotFound(f"There is no recipe and no file “{source}”. See: stepline recipes list") from error


def _pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    pairs = [entry.partition("=") for entry in given or ()]
    if wrong := [name for name, sign, _ in pairs if not sign or not name]:
        raise typer.BadParameter(f"“{wrong[0]}” must look like name=value.", param_hint=option)
    return {name: value for name, _, value in pairs}


def _accounts(stepline: Stepline, recipe: Recipe, chosen: dict[str, str]) -> dict[str, str]:
    """The connection id for each account; the only connection of an app needs no choice."""
    _must_know(chosen, recipe.connections, "account")
    found = {}
    for alias, wanted in recipe.connections.items():
        candidates = stepline.connections.list(wanted["connector"])
        if alias in chosen:
            found[alias] = _one(chosen[alias], [(c.id, c.name) for c in candidates])
        elif len(candidates) == 1:
            found[alias] = candidates[0].id
    return found


def _one(wanted: str, candidates: Sequence[tuple[str, str]]) -> str:
    ids = [key for key, name in candidates if wanted in (key, name)]
    if len(ids) != 1:
        names = ", ".join(f"“{name}”" for _, name in candidates) or "none of this app"
        raise NotFound(f"There is {'no' if not ids else 'more than one'} connection “{wanted}”. There are: {names}.")
    return ids[0]


def _values(recipe: Recipe, given: dict[str, str]) -> dict[str, Any]:
    """Texts become numbers and booleans where the setting is one."""
    settings = recipe.definition.get("settings", {})
    _must_know(given, settings, "setting")
    return {
        name: value if settings[name].get("type", "string") == "string" else _json(name, value)
        for name, value in given.items()
    }


def _json(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as error:
        raise typer.BadParameter(f"“{value}” is not a value for {name}.", param_hint="--set") from error


def _must_know(given: dict[str, str], known: Any, noun: str) -> None:
    if unknown := [name for name in given if name not in known]:
        names = ", ".join(known) or "none"
        raise NotFound(f"The recipe has no {noun} “{unknown[0]}”. It has: {names}.")


def _refuse(error: Invalid, *, as_json: bool) -> NoReturn:
    """Says what keeps a file from becoming a workflow; as JSON in the shape of `_report`."""
    if as_json:
        problems = [problem.as_dict() for problem in error.problems]
        show_json({"id": None, "name": None, "enabled": False, "problems": problems})
    else:
        complain(error.message, *(f"{_where(p)}{p.message}" for p in error.problems))
    raise typer.Exit(1)


def _report(imported: Imported, *, enabled: bool, as_json: bool) -> None:
    workflow = imported.workflow
    if as_json:
        problems = [problem.as_dict() for problem in imported.problems]
        show_json({"id": workflow.id, "name": workflow.name, "enabled": enabled, "problems": problems})
        return
    typer.echo(f"Made the workflow “{workflow.name}” ({workflow.id}), switched {'on' if enabled else 'off'}.")
    if imported.problems:
        complain("Before it can run:", *(f"{_where(p)}{p.message}" for p in imported.problems))
