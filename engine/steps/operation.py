"""An action or a search: one call of a connector's operation, with commit barriers around outside effects.

pure               no barrier: the result rides along with the next commit
read, idempotent   the result is committed before the next outside effect
write              Attempt(started) is committed before the call, the result after it; a start without a
                   result means nobody knows, and the step's `on_uncertain` decides
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any

from connectors._kit.context import Credentials, Result
from connectors._kit.errors import Failure, FailureKind, InputInvalid, OperationFailed
from connectors._kit.model import Operation
from connectors._kit.redact import without_log_ins
from engine import retry
from engine.budget import Lane
from engine.definition.model import OperationStep
from engine.errors import NotFound, VaultError
from engine.run_state import AttemptRecord, StepRecord
from engine.steps.context import StepContext
from engine.steps.verdict import GO_ON, Fail, Hold, Stop, Verdict, Wait

INTERRUPTED = Failure(
    FailureKind.UNCERTAIN,
    "Stepline stopped in the middle of this step, so nobody knows whether it took effect.",
    remedy="Look in the other app. Then choose “It was done” or “Try again”.",
)


async def run_operation(step: OperationStep, path: str, context: StepContext) -> Verdict:
    operation = context.tools.operation(step.operation)
    now = context.tools.clock()
    record = context.state.record(path, step.kind, now, step.operation)
    if record.done:
        return _finished(step, record, context)
    if path in context.state.interrupted:
        context.state.interrupted.discard(path)
        return _after_failure(step, record, context, INTERRUPTED, _interrupted_attempt(record, context))
    if record.wake_at and record.wake_at > now:
        return Wait(path, record.wake_at, _waits(step, record.error), record.error)
    return await _try(step, operation, record, context)


async def _try(step: OperationStep, operation: Operation, record: StepRecord, context: StepContext) -> Verdict:
    values = _input(step, operation, context)
    record.input = without_log_ins(values)
    try:
        credentials = await context.tools.credentials(step.connection) if step.connection else None
    except (NotFound, VaultError) as error:
        kind = FailureKind.AUTH if isinstance(error, VaultError) else FailureKind.CONFIG
        failure = Failure(kind, error.message, error.detail)
        return _after_failure(step, record, context, failure, _new_attempt(record, context))
    except OperationFailed as error:
        return _after_failure(step, record, context, error.failure, _new_attempt(record, context))
    lane = context.tools.lane(credentials)
    if lane is not None and _sends(operation, context):
        until = await lane.admit(waited=record.wake_at is not None)
        if until is not None:
            return _until_its_turn(step, record, context, until, lane.connection)
    attempt = _new_attempt(record, context)
    await _barrier_before(operation, record, attempt, context)
    try:
        result = await _call(operation, values, record, context, credentials, lane)
    except InputInvalid as error:
        failure = Failure(FailureKind.CONFIG, str(error), remedy="Mend the field and run it again.")
        return _after_failure(step, record, context, failure, attempt)
    except OperationFailed as error:
        attempt.exchanges = [exchange.as_dict() for exchange in error.exchanges]
        return _after_failure(step, record, context, error.failure, attempt)
    return _after_success(step, operation, record, context, result, attempt)


async def _call(
    operation: Operation,
    values: Mapping[str, Any],
    record: StepRecord,
    context: StepContext,
    credentials: Credentials | None,
    lane: Lane | None,
) -> Result:
    """Once; a second time where the service refused a log-in that could be renewed, since then nothing was done."""

    def execute(login: Credentials | None) -> Awaitable[Result]:
        return context.tools.calls.execute(
            operation,
            values,
            login,
            idempotency_key="" if operation.effect == "pure" else _idempotency_key(context.state.run_id, record.path),
            dry_run=context.state.mode == "dry",
            pace=lane,
            workflow_id=context.state.plan.workflow_id,
        )

    try:
        return await execute(credentials)
    except OperationFailed as error:
        refused = credentials if error.failure.kind is FailureKind.AUTH else None
        newer = await context.tools.renewed(refused) if refused else None
        if newer is None:
            raise
    return await execute(newer)


def _new_attempt(record: StepRecord, context: StepContext) -> AttemptRecord:
    record.attempts += 1
    record.wake_at = None
    return AttemptRecord(record.path, record.attempts, context.tools.clock())


def _sends(operation: Operation, context: StepContext) -> bool:
    """Whether trying it sends a request."""
    return operation.effect != "pure" and not (context.state.mode == "dry" and operation.effect.endswith("write"))


def _until_its_turn(
    step: OperationStep, record: StepRecord, context: StepContext, until: datetime, connection: str
) -> Wait:
    """Not a try: the service would only refuse it."""
    record.wake_at, record.error = until, None
    context.state.changed(record)
    return Wait(
        record.path, until, f"“{step.title}” waits for the rate limit of {connection} until {until:%H:%M:%S} UTC."
    )


def _input(step: OperationStep, operation: Operation, context: StepContext) -> dict[str, Any]:
    return context.render_all(step.input, lambda name: f"The field “{_title(operation, name)}”")


def _title(operation: Operation, name: str) -> str:
    field = operation.input_schema.get("properties", {}).get(name, {})
    return str(field.get("title", name))


async def _barrier_before(
    operation: Operation, record: StepRecord, attempt: AttemptRecord, context: StepContext
) -> None:
    state = context.state
    if operation.effect == "pure":
        return
    if operation.effect == "write" and state.mode != "dry":
        state.changed(record)
        state.attempted(attempt)
        await context.flush(record.path)
    elif state.effects_pending:
        await context.flush(record.path)


def _after_success(
    step: OperationStep,
    operation: Operation,
    record: StepRecord,
    context: StepContext,
    result: Result,
    attempt: AttemptRecord,
) -> Verdict:
    now = context.tools.clock()
    record.finish("succeeded", now, output=seen_output(step.kind, result.output, found=bool(result.found)))
    context.state.changed(record)
    if operation.effect != "pure":
        attempt.status, attempt.finished_at = "succeeded", now
        attempt.exchanges = [exchange.as_dict() for exchange in result.exchanges]
        context.state.attempted(attempt)
        context.state.effects_pending = True
    return _finished(step, record, context)


def seen_output(kind: str, output: Any, *, found: bool) -> Any:
    """What later steps see. A search's output always says whether something was found, so that rules can ask."""
    if kind != "search":
        return output
    if isinstance(output, Mapping):
        return {**output, "found": found}
    return {"items": output or [], "found": found}


def _finished(step: OperationStep, record: StepRecord, context: StepContext) -> Verdict:
    context.output(step.key, record.output)
    if step.kind == "search" and step.if_none != "continue" and not (record.output or {}).get("found", True):
        reason = f"“{step.title}” found nothing."
        if step.if_none == "stop":
            return Stop(reason)
        failure = Failure(FailureKind.REJECTED, reason, remedy="Let the run go on without a result, or stop quietly.")
        return Fail(record.path, reason, failure.as_dict())
    return GO_ON


def _after_failure(
    step: OperationStep, record: StepRecord, context: StepContext, failure: Failure, attempt: AttemptRecord
) -> Verdict:
    now, error = context.tools.clock(), failure.as_dict()
    uncertain = failure.kind is FailureKind.UNCERTAIN
    attempt.status, attempt.error, attempt.finished_at = "uncertain" if uncertain else "failed", error, now
    context.state.attempted(attempt)
    context.state.changed(record)
    record.error = error
    decision = retry.decide(
        failure,
        record.attempts,
        step.retry,
        now=now,
        random=context.tools.random.random,
        on_uncertain=step.on_uncertain,
    )
    reason = f"“{step.title}”: {failure.message}"
    match decision:
        case retry.RetryAt(when):
            record.wake_at = when
            return Wait(record.path, when, _waits(step, error), error)
        case retry.Hold():
            record.status = "uncertain" if uncertain else "running"
            return Hold(record.path, reason, {**error, "connection": step.connection})
        case retry.Skip():
            record.finish("skipped", now, error=error)
            context.output(step.key, None)
            return GO_ON
    record.finish("failed", now, error=error)
    return Fail(record.path, reason, error)


def _interrupted_attempt(record: StepRecord, context: StepContext) -> AttemptRecord:
    return AttemptRecord(record.path, record.attempts, record.started_at)


def _waits(step: OperationStep, error: dict[str, Any] | None) -> str:
    if error is None:
        return f"“{step.title}” waits for its turn."
    return f"“{step.title}” will be tried again: {error.get('message', '')}".rstrip(": ")


def _idempotency_key(run_id: str, path: str) -> str:
    """The same for every try of one step of one run, and for no other."""
    return hashlib.sha256(f"{run_id}:{path}".encode()).hexdigest()[:32]
