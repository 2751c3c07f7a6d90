"""`stepline connectors`: which apps and operations there are, and whether connector folders are sound."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors._kit.check import check as check_folders
from connectors._kit.model import Connector, Operation, OperationKind
from connectors._kit.registry import Registry
from engine.connector_folders import all_connectors
from engine.settings import Settings
from web.cli import connector_import, connector_new, connector_try
from web.cli.data_dir import DataDir, existing
from web.cli.output import AsJson, complain, counted, examples, show_json, show_table

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The apps that Stepline can talk to, and what it can do there."
)

app.command("import-openapi", epilog=connector_import.EPILOG)(connector_import.import_openapi)
app.command("new", epilog=connector_new.EPILOG)(connector_new.new)
app.command("try", epilog=connector_try.EPILOG)(connector_try.try_operation)

KINDS = {
    OperationKind.TRIGGER: "triggers",
    OperationKind.ACTION: "actions",
    OperationKind.SEARCH: "searches",
    OperationKind.OPTIONS: "options",
}


@app.command("list", epilog=examples("stepline connectors list --counts", "stepline connectors list --json"))
def list_connectors(
    counts: Annotated[
        bool, typer.Option("--counts", help="Also say how many operations of each kind and sort.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List all connectors: those that Stepline brings, and those in the data directory."""
    connectors = sorted(_registry(data_dir).connectors.values(), key=lambda connector: connector.name.lower())
    if as_json:
        show_json([_summary(connector, counts) for connector in connectors])
        return
    if counts:
        counted_ones = {connector.key: _counts(connector) for connector in connectors}
        total = Counter[str]()
        for found in counted_ones.values():
            total.update(found)
        rows = [[key, *found.values()] for key, found in counted_ones.items()]
        show_table(["key", *total], [*rows, ["all", *total.values()]], empty="There are no connectors.")
        return
    described = ([connector.key, connector.name, connector.description] for connector in connectors)
    show_table(["key", "name", "description"], described, empty="There are no connectors.")


@app.command(
    "show",
    epilog=examples("stepline connectors show mailercloud", "stepline connectors show mailercloud.contacts.create"),
)
def show(
    name: Annotated[str, typer.Argument(help="Key of a connector, or id of an operation.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a connector with its operations, or one operation with its fields."""
    registry = _registry(data_dir)
    if "." in name:
        operation = registry.operation(name)
        show_json(_operation_detail(operation)) if as_json else _print_operation(operation)
        return
    connector = registry.connector(name)
    if as_json:
        show_json({**_summary(connector, True), "operations": [_operation(o) for o in connector.operations.values()]})
    else:
        _print_connector(connector)


@app.command(epilog=examples("stepline connectors check", "stepline connectors check ./my-connectors --examples"))
def check(
    folders: Annotated[
        list[Path] | None, typer.Argument(exists=True, file_okay=False, help="Default: the built-in connectors.")
    ] = None,
    run_examples: Annotated[bool, typer.Option("--examples", help="Run every example as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check connector folders; every problem is named by file and place."""
    problems = check_folders(folders or None, examples=run_examples)
    if as_json:
        show_json(problems)
    else:
        for problem in problems:
            typer.echo(problem)
        typer.echo(f"{counted(len(problems), 'problem')}." if problems else "No problems.", err=bool(problems))
    raise typer.Exit(1 if problems else 0)


def _registry(data_dir: Path | None) -> Registry:
    """Everything that can be loaded; what cannot is said on stderr."""
    folder = (existing(data_dir) if data_dir else Settings.load()).connectors_dir
    registry = all_connectors(folder)
    if registry.problems:
        complain(f"Some connectors cannot be used. See: stepline connectors check {folder}")
    return registry


def _counts(connector: Connector) -> dict[str, int]:
    """Operations by kind, and how many of them are of which sort."""
    operations = connector.operations.values()
    found = Counter(operation.kind for operation in operations)
    timings = Counter(operation.timing for operation in operations)
    return {
        **{plural: found[kind] for kind, plural in KINDS.items()},
        "instant": timings["instant"],
        "polled": timings["polled"],
        "scheduled": timings["scheduled"],
        "featured": sum(operation.featured for operation in operations),
        "beta": sum(operation.beta for operation in operations),
    }


def _summary(connector: Connector, counts: bool) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "key": connector.key,
        "name": connector.name,
        "description": connector.description,
        "docs": connector.docs,
    }
    return {**summary, "counts": _counts(connector)} if counts else summary


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "id": operation.id,
        "kind": operation.kind,
        "title": operation.title,
        "description": operation.description,
        "effect": operation.effect,
    }


def _operation_detail(operation: Operation) -> dict[str, Any]:
    return {
        **_operation(operation),
        "input_schema": operation.input_schema,
        "output_schema": operation.output_schema,
        "sample_input": operation.sample_input,
        "sample": operation.sample,
    }


def _print_connector(connector: Connector) -> None:
    typer.echo(f"{connector.name} ({connector.key})\n{connector.description}\n{connector.docs}\n")
    rows = ([operation.id, operation.kind, operation.title] for operation in connector.operations.values())
    show_table(["operation", "kind", "title"], rows, empty="No operations.")


def _print_operation(operation: Operation) -> None:
    typer.echo(f"{operation.title} ({operation.id}, {operation.kind})\n{operation.description}\n")
    required = operation.input_schema.get("required", [])
    rows = (
        [name, field.get("type", "any"), "required" if name in required else "", field.get("title", name)]
        for name, field in operation.input_schema.get("properties", {}).items()
    )
    show_table(["field", "type", "", "title"], rows, empty="It needs no input.")
