"""Small OpenAPI descriptions, and what the importer makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connectors._kit.openapi import Imported, import_openapi, problems_of

Raw = Mapping[str, Any]


def description(paths: Raw | None = None, **more: Any) -> dict[str, Any]:
    head = {"openapi": "3.0.3", "info": {"title": "Acme Shop API", "version": "1"}}
    return {**head, "servers": [{"url": "https://api.acme.example/v1"}], "paths": paths or {}, **more}


def made(paths: Raw | None = None, **more: Any) -> Imported:
    """The connector of a description; it must be sound."""
    imported = import_openapi(json.dumps(description(paths, **more)), "acme")
    assert problems_of("acme", imported.files) == []
    return imported


def only(imported: Imported) -> Raw:
    (operation,) = imported.operations.values()
    return operation


def get(parameters: list[Raw] | None = None, schema: Raw | None = None, **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema or {"type": "object", "properties": {"id": {"type": "string"}}}}}
    return {"parameters": parameters or [], "responses": {"200": {"description": "ok", "content": content}}, **more}


def query(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"in": "query", "name": name, "schema": {"type": kind}, **more}


def post(schema: Raw, media_type: str = "application/json", **more: Any) -> dict[str, Any]:
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    return {"requestBody": body, "responses": {"204": {"description": "done"}}, **more}


def notes(imported: Imported, weight: str) -> list[str]:
    return [note.message for note in imported.notes if note.weight == weight]
