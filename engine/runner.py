"""The runner takes one run as far as it can go and writes down where it stands. Reads like the state chart:

running ──► succeeded | filtered | failed
        ──► waiting   (a delay or a planned retry; comes back by itself)
        ──► held      (a person has to act)
"""

from __future__ import annotations

import asyncio
import logging

from connectors._kit.errors import ExpressionError, Failure, FailureKind
from engine.errors import LeaseLost, StorageUnavailable, Unstorable
from engine.run_state import Advance, RunState
from engine.steps.body import run_body
from engine.steps.context import StepContext, Tools
from engine.steps.verdict import Fail, GoOn, Hold, Stop, Verdict, Wait
from engine.storage.journal import Journal

log = logging.getLogger(__name__)


class Runner:
    """`owner` is the lease under which it writes."""

    def __init__(self, tools: Tools, journal: Journal, owner: str) -> None:
        self._tools = tools
        self._journal = journal
        self._owner = owner

    async def advance(self, state: RunState) -> None:
        """Run until the end, a wait or a hold, and journal it. Never raises for what a workflow does."""
        try:
            try:
                await self._settle(state, await self._execute(state))
            except Unstorable as error:  # it would be refused again, so the run must not go on from before it
                await self._settle(state, _unstorable(state, error))
        except LeaseLost:
            log.info("run %s was taken over or cancelled; this runner lets go of it", state.run_id)
        except StorageUnavailable as error:
            log.error(
                "run %s could not be written (%s); it continues from its last committed step when the lease ends",
                state.run_id,
                error.detail or error.message,
            )

    async def _execute(self, state: RunState) -> Verdict:
        try:
            context = StepContext(state, state.scope(), self._tools, lambda path: self._flush(state, path))
            return await run_body(state.plan.definition.steps, "", context)
        except (LeaseLost, StorageUnavailable):
            raise
        except ExpressionError as error:  # steps name their own; this is the trigger's
            failure = Failure(
                FailureKind.CONFIG,
                f"The trigger cannot read this event: {error}",
                remedy="Look at what arrived, and compare it with the sample of the trigger.",
            )
            return Fail("", failure.message, failure.as_dict())
        except Exception as error:
            log.exception("run %s stopped on an error inside Stepline", state.run_id)
            failure = Failure(
                FailureKind.CONFIG,
                "Something went wrong inside Stepline.",
                detail=f"{type(error).__name__}: {error}",
                remedy="Run it again; if it fails again, send the log to whoever looks after this server.",
            )
            return Fail(_last_path(state), failure.message, failure.as_dict())

    async def _flush(self, state: RunState, path: str) -> None:
        """Commit all changes, the run going on at `path`."""
        await self._write(state, Advance(state.run_id, self._owner, "running", step_path=path))

    async def _settle(self, state: RunState, verdict: Verdict) -> None:
        await self._write(state, self._outcome(state, verdict))
        if isinstance(verdict, Hold) and verdict.error["kind"] == FailureKind.AUTH and verdict.error.get("connection"):
            await asyncio.to_thread(self._tools.refused, verdict.error["connection"], verdict.error["message"])

    def _outcome(self, state: RunState, verdict: Verdict) -> Advance:
        run, owner, now = state.run_id, self._owner, self._tools.clock()
        match verdict:
            case GoOn():
                return Advance(run, owner, "succeeded", finished_at=now)
            case Stop(reason):
                return Advance(run, owner, "filtered", reason, finished_at=now)
            case Wait(path, until, reason, error):
                return Advance(run, owner, "waiting", reason, path, error, wake_at=until)
            case Hold(path, reason, error):
                return Advance(run, owner, "held", reason, path, error)
            case Fail(path, reason, error):
                return Advance(run, owner, "failed", reason, path, error, finished_at=now)

    async def _write(self, state: RunState, advance: Advance) -> None:
        advance.steps = list(state.changed_steps.values())
        advance.attempts = list(state.changed_attempts.values())
        state.changed_steps, state.changed_attempts, state.effects_pending = {}, {}, False
        await self._journal.write(advance)


def _unstorable(state: RunState, error: Unstorable) -> Fail:
    failure = Failure(
        FailureKind.CONFIG,
        f"The result of a step cannot be kept. {error.message}",
        detail=error.detail,
        remedy="The step itself may have been done. Ask the other app for less, then run it again.",
    )
    return Fail(_last_path(state), failure.message, failure.as_dict())


def _last_path(state: RunState) -> str:
    return next(reversed(state.records), "")
