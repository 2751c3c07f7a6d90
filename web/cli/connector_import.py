"""`stepline connectors import-openapi`: any API from its OpenAPI description."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from connectors._kit.registry import Registry
from engine.api_import import ApiImport, Preview
from engine.connector_folders import ConnectorFolders
from engine.settings import Settings
from web.cli.data_dir import DataDir, existing
from web.cli.output import AsJson, counted, examples, show_json

WEIGHTS = {
    "left_out": "Left out",
    "changed": "Carried over, but not exactly as described",
    "guessed": "Guessed: worth a look",
}
_SHOWN = 12
EPILOG = examples(
    "stepline connectors import-openapi petstore.yaml --key petstore --preview",
    "stepline connectors import-openapi petstore.yaml --key petstore --name 'Pet store'",
)


def import_openapi(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="OpenAPI 3.0 or 3.1, JSON or YAML.")],
    key: Annotated[
        str, typer.Option("--key", help="What its operations' ids begin with. Default: made from the API's title.")
    ] = "",
    name: Annotated[str, typer.Option("--name", help="What people see. Default: the API's title.")] = "",
    signature_header: Annotated[
        str, typer.Option("--signature-header", help="Where its webhooks carry an HMAC SHA-256 of the body.")
    ] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace a connector imported before.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would come of it.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a connector from an OpenAPI description, in the data directory.

    A running server offers it within seconds. Everything that could not be carried over is listed with its place in
    the description.
    """
    registry = Registry.load(strict=False)
    settings = Settings.load(data_dir=data_dir) if preview else existing(data_dir)
    folders = ConnectorFolders(settings.connectors_dir, registry)
    folders.refresh()
    service = ApiImport(folders, registry, settings.imports_dir)
    found = service.preview(file.read_bytes(), key, name, signature_header)
    if not preview:
        service.save(found, replace=replace)
    if as_json:
        show_json(_summary(found, folders, saved=not preview))
        return
    typer.echo(_headline(found, folders, saved=not preview))
    for line in _report(found):
        typer.echo(line)


def _summary(found: Preview, folders: ConnectorFolders, *, saved: bool) -> dict[str, Any]:
    return {
        "key": found.key,
        "name": found.name,
        "folder": folders.folder / found.key if saved else None,
        "counts": found.imported.counts,
        "notes": found.notes,
    }


def _headline(found: Preview, folders: ConnectorFolders, *, saved: bool) -> str:
    plurals = {"trigger": "trigger", "action": "action", "search": "search"}
    parts = [
        f"{number} {plurals[kind]}{'' if number == 1 else 'es' if kind == 'search' else 's'}"
        for kind, number in sorted(found.imported.counts.items())
    ]
    what = f"{found.name} ({found.key}): {', '.join(parts)}."
    return f"{what}\nSaved in {folders.folder / found.key}" if saved else f"{what}\nNothing was saved."


def _report(found: Preview) -> list[str]:
    lines: list[str] = []
    for weight, title in WEIGHTS.items():
        notes = [note for note in found.notes if note.weight == weight]
        if notes:
            lines.append(f"\n{title} ({counted(len(notes), 'place')}):")
            lines.extend(f"  {note.pointer or '/'}\n      {note.message}" for note in notes[:_SHOWN])
        if len(notes) > _SHOWN:
            lines.append(f"  and {len(notes) - _SHOWN} more; all of them: --json")
    return lines
