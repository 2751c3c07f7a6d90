"""Finds the Python function of an operation that JSON cannot describe."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from connectors._kit.context import Context
from connectors._kit.loader import BUILT_IN
from connectors._kit.model import Operation

Function = Callable[[Mapping[str, Any], Context], Awaitable[Any]]
Plain = Callable[[Mapping[str, Any]], Any]


def load_function(folder: Path, name: str) -> Function:
    """The function `name` of the folder's operations.py, awaitable and taking (input, context).

    A plain function, and one that takes only the input, is wrapped. Raises ImportError or AttributeError.
    """
    function = getattr(_module(folder), name)
    takes_context = len(inspect.signature(function).parameters) > 1

    async def call(input: Mapping[str, Any], context: Context) -> Any:
        result = function(input, context) if takes_context else function(input)
        return await result if inspect.isawaitable(result) else result

    return call


def load_plain(folder: Path, name: str) -> Plain | None:
    """The function itself when it takes only the input and waits for nothing, else None."""
    function: Plain = getattr(_module(folder), name)
    plain = len(inspect.signature(function).parameters) == 1 and not inspect.iscoroutinefunction(function)
    return function if plain else None


def next_times(
    operation: Operation, folder: Path, input: Mapping[str, Any], after: datetime, count: int
) -> list[datetime]:
    """When a schedule trigger falls due after a moment: UTC, ascending, at most `count`, fewer when it ends.

    Answered by `next_times(operation_key, input, after, count)` of the folder's operations.py.
    Raises UnusableValue for an input that names no times.
    """
    times: list[datetime] = _module(folder).next_times(operation.key, input, after, count)
    return times


def _module(folder: Path) -> ModuleType:
    if folder.parent == BUILT_IN:
        return importlib.import_module(f"connectors.{folder.name}.operations")
    name = f"stepline_connector_{folder.name}"
    spec = importlib.util.spec_from_file_location(name, folder / "operations.py")
    if spec is None or spec.loader is None or not (folder / "operations.py").exists():
        raise ImportError(f"{folder / 'operations.py'} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look modules up by name
    spec.loader.exec_module(module)
    return module
