"""`stepline connectors new`: a small sound connector to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from connectors._kit.registry import Registry
from engine.api_import import check_key
from engine.connector_folders import ConnectorFolders
from web.cli.data_dir import DataDir, existing
from web.cli.output import examples

EPILOG = examples("stepline connectors new acme --name Acme --address https://api.acme.example/v1")


def new(
    key: Annotated[str, typer.Argument(help="What the ids of its operations begin with, such as acme.")],
    name: Annotated[str, typer.Option("--name", help="What people see. Default: the key.")] = "",
    address: Annotated[str, typer.Option("--address", help="Base address of the API.")] = "https://api.example.com",
    data_dir: DataDir = None,
) -> None:
    """Write a connector with one operation and its example, ready to be changed.

    It lies in the data directory, where a running server finds it within seconds.
    """
    check_key(key)
    folders = ConnectorFolders(existing(data_dir).connectors_dir, Registry.load(strict=False))
    folder = folders.save(key, skeleton(key, name or key.replace("_", " ").capitalize(), address))
    typer.echo(_next_steps(folder, key))


def skeleton(key: str, name: str, address: str) -> dict[str, bytes]:
    """The files of a connector that logs in by token and gets one thing."""
    return {
        "manifest.json": _json(_manifest(key, name, address)),
        "operations/things/get.json": _json(_OPERATION),
        "examples/things/get.json": _json(_EXAMPLES),
    }


def _next_steps(folder: Path, key: str) -> str:
    return (
        f"Wrote {folder}\n"
        f"Check it while you change it:  stepline connectors check {folder} --examples\n"
        f"Try it:                        stepline connectors try {key}.things.get --input input.json"
    )


def _manifest(key: str, name: str, address: str) -> dict[str, Any]:
    token = {"type": "string", "title": "API token", "minLength": 1, "x-secret": True}
    return {
        "key": key,
        "name": name,
        "description": f"What Stepline can do with {name}.",
        "color": "#0f766e",
        "base_urls": {"default": address.rstrip("/")},
        "headers": {"Accept": "application/json"},
        "auth": [
            {
                "key": "token",
                "kind": "bearer",
                "title": "API token",
                "help": f"Where people find their token in {name}.",
                "fields": {"type": "object", "properties": {"token": token}, "required": ["token"]},
            }
        ],
        "errors": {"messages": ["{{ response.message }}", "{{ response.error }}"]},
        "resources": {"things": {"title": "Things"}},
    }


_OPERATION = {
    "kind": "search",
    "title": "Get a thing",
    "description": "Gets one thing by its ID.",
    "input_schema": {
        "type": "object",
        "properties": {"id": {"type": "string", "title": "ID", "minLength": 1}},
        "required": ["id"],
    },
    "output_schema": {
        "type": "object",
        "properties": {"id": {"type": "string", "title": "ID"}, "name": {"type": "string", "title": "Name"}},
    },
    "sample_input": {"id": "T-17"},
    "sample": {"id": "T-17", "name": "Lamp"},
    "request": {"method": "GET", "path": "/things/{id}"},
    "errors": [{"status": 404, "kind": "not_found"}],
}
_EXAMPLES = [
    {
        "name": "gets a thing",
        "input": {"id": "T-17"},
        "expect_request": {
            "method": "GET",
            "path": "/things/T-17",
            "headers": {"Authorization": "Bearer test-token"},
        },
        "response": {"status": 200, "body": {"id": "T-17", "name": "Lamp"}},
        "expect_output": {"id": "T-17", "name": "Lamp"},
    },
    {
        "name": "says when the token is not accepted",
        "input": {"id": "T-17"},
        "response": {"status": 401, "body": {"message": "Unknown token"}},
        "expect_failure": {"kind": "auth", "message": "Unknown token"},
    },
]


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"
