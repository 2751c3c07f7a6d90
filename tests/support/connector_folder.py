"""Writes small connector folders for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors._kit.context import Credentials
from connectors._kit.registry import Registry

MANIFEST: Mapping[str, Any] = {
    "key": "shop",
    "name": "Shop",
    "description": "Sells things.",
    "base_urls": {"default": "https://api.shop.example/v1"},
    "connection": {"type": "object", "properties": {"region": {"type": "string", "title": "Region"}}},
    "auth": [
        {
            "key": "token",
            "kind": "bearer",
            "fields": {
                "type": "object",
                "properties": {"token": {"type": "string", "title": "Token", "x-secret": True}},
                "required": ["token"],
            },
        }
    ],
    "resources": {"orders": {"title": "Orders"}},
}

CREDENTIALS = Credentials("c1", "shop", "token", {"token": "tok-12345", "region": "eu"})


def action(method: str = "POST", path: str = "/orders", **more: Any) -> dict[str, Any]:
    """An operation file that the check accepts."""
    request = {"method": method, "path": path, **more.pop("request", {})}
    return {
        "kind": "action",
        "title": "Create an order",
        "description": "Adds an order.",
        "idempotent": False,
        "input_schema": fields(item="string", count="integer", note="string"),
        "sample": {"id": 1},
        "request": request,
        **more,
    }


def fields(*required: str, **types: str) -> dict[str, Any]:
    """An object schema: names with their types; the required ones may be given by name alone."""
    names = {**dict.fromkeys(required, "string"), **types}
    properties = {name: {"type": kind, "title": name.capitalize()} for name, kind in names.items()}
    return {"type": "object", "properties": properties, "required": list(required)}


def write_folder(
    root: Path,
    operations: Mapping[str, Any] | None = None,
    *,
    manifest: Mapping[str, Any] | None = None,
    examples: Mapping[str, Any] | None = None,
    code: str = "",
) -> Path:
    """The folder root/shop. `operations` and `examples` are keyed "orders/create"; `manifest` adds to the usual one."""
    whole = {key: value for key, value in {**MANIFEST, **(manifest or {})}.items() if value is not None}
    folder = root / str(whole["key"])
    write_json(folder / "manifest.json", whole)
    for kind, files in (("operations", operations), ("examples", examples)):
        for place, content in (files or {}).items():
            write_json(folder / kind / f"{place}.json", content)
    if code:
        (folder / "operations.py").write_text(code, "utf-8")
    return folder


def write_json(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")


def registry_of(root: Path, operations: Mapping[str, Any], **more: Any) -> Registry:
    """A registry with the one connector `shop`."""
    return Registry.load([write_folder(root, operations, **more)])
