"""What must hold in a connector folder beyond the JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors._kit.errors import Problem
from connectors._kit.loader import Folder


def problems(folder: Folder, known: Mapping[str, Any]) -> Iterator[Problem]:
    """Every broken rule of one folder whose files fit the schemas. `known`: raw operations by id, of all connectors."""
    manifest = folder.manifest
    if manifest["key"] != folder.path.name:
        yield Problem(folder.manifest_file, "/key", f"Must be the folder's name, “{folder.path.name}”.")
    for resource, key in folder.operations:
        if resource not in manifest["resources"]:
            file = folder.operation_file(resource, key)
            yield Problem(file, "", f"The folder “{resource}” is not one of the manifest's resources.")
