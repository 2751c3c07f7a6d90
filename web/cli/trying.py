"""Carries out one operation for `stepline connectors try`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors._kit.context import Credentials
from connectors._kit.errors import InputInvalid, OperationFailed
from connectors._kit.model import Operation, OperationKind
from engine.assembly import Stepline, open_stepline
from engine.errors import Invalid, Problem, Refused
from engine.ids import new_id
from web.cli.data_dir import existing
from web.cli.finding import connection_named


def carry_out(
    data_dir: Path | None, operation: str, given: Mapping[str, Any], *, connection: str, dry_run: bool
) -> dict[str, Any]:
    """{"output", "failure", "exchanges"}; output is None when it failed. Raises Invalid, Refused or NotFound."""
    stepline = open_stepline(existing(data_dir), working=False)
    return asyncio.run(_outcome(stepline, operation, given, connection, dry_run))


async def _outcome(
    stepline: Stepline, operation_id: str, given: Mapping[str, Any], connection: str, dry_run: bool
) -> dict[str, Any]:
    """See carry_out."""
    try:
        operation = stepline.registry.operation(operation_id)
        credentials = None
        if connection:
            record = connection_named(stepline, connection, operation.connector)
            credentials = await stepline.connections.fresh(record.id)
        output, exchanges = await _carry_out(stepline, operation, given, credentials, dry_run)
        return {"output": output, "failure": None, "exchanges": exchanges}
    except OperationFailed as error:
        exchanges = [exchange.as_dict() for exchange in error.exchanges]
        return {"output": None, "failure": error.failure.as_dict(), "exchanges": exchanges}
    except InputInvalid as error:
        problems = [Problem(problem.message, problem.pointer) for problem in error.problems]
        raise Invalid("The input does not fit this operation.", problems) from error
    finally:
        await stepline.http.aclose()
        stepline.close()


async def _carry_out(
    stepline: Stepline,
    operation: Operation,
    given: Mapping[str, Any],
    credentials: Credentials | None,
    dry_run: bool,
) -> tuple[Any, list[dict[str, Any]]]:
    if operation.kind is OperationKind.OPTIONS:
        return await stepline.caller.options(operation, given, credentials), []
    if operation.trigger is not None:
        if operation.trigger.mode != "poll":
            raise Refused("This trigger waits for events; only triggers that ask a service can be tried.")
        items = await stepline.caller.poll(operation, given, credentials)
        return [{"key": item.key, "output": item.output} for item in items], []
    result = await stepline.caller.execute(operation, given, credentials, idempotency_key=new_id(), dry_run=dry_run)
    return result.output, [exchange.as_dict() for exchange in result.exchanges]
