"""A delay puts the run to sleep. Test and dry runs do not wait; they show until when they would have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors._kit.errors import Failure, FailureKind
from engine.definition.model import DelayStep
from engine.run_state import StepRecord
from engine.steps.context import StepContext, StepFailed
from engine.steps.verdict import GO_ON, Verdict, Wait


def run_delay(step: DelayStep, path: str, context: StepContext) -> Verdict:
    now = context.tools.clock()
    record = context.state.record(path, step.kind, now)
    if not record.done:
        until = record.wake_at or _end(step, context, now)
        if until > now and context.state.mode == "live":
            return _sleep(record, until, step, context)
        record.finish("succeeded", now, output={"until": until.isoformat(), "waited": context.state.mode == "live"})
        context.state.changed(record)
    context.output(step.key, record.output)
    return GO_ON


def _sleep(record: StepRecord, until: datetime, step: DelayStep, context: StepContext) -> Wait:
    record.wake_at = until
    context.state.changed(record)
    return Wait(record.path, until, f"“{step.title}” waits.")


def _end(step: DelayStep, context: StepContext, now: datetime) -> datetime:
    if step.until is not None:
        return _moment(context.render(step.until, f"“Wait until” of “{step.title}”"))
    assert step.amount is not None  # noqa: S101  one of the two is always set
    amount = context.render(step.amount, f"“Wait for” of “{step.title}”")
    try:
        return now + timedelta(seconds=float(amount) * step.seconds)
    except (TypeError, ValueError, OverflowError) as error:
        raise StepFailed(_bad(f"“{amount}” is not a length of time.", "Enter a number, such as 2.")) from error


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise StepFailed(
            _bad(f"“{value}” is not a date and time.", "Use a date field, such as 2026-01-31T09:00:00Z.")
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bad(message: str, remedy: str) -> Failure:
    return Failure(FailureKind.CONFIG, message, remedy=remedy)
