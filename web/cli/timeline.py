"""One run as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.runs import RunDetail, RunSummary, StepRunDetail

SIGNS = {"succeeded": "ok", "failed": "FAILED", "skipped": "skipped", "uncertain": "UNCERTAIN", "running": "…"}
ENDINGS = {
    "succeeded": "succeeded",
    "failed": "failed",
    "filtered": "stopped at a filter",
    "cancelled": "cancelled",
    "waiting": "waits",
    "held": "waits for a person",
}


def timeline(detail: RunDetail) -> Iterator[str]:
    """Head line, then each step with its requests, its error and what to do about it."""
    yield _head(detail.run)
    for step in detail.steps:
        yield from _step(step)
    if detail.run.reason and not any(step.error for step in detail.steps):
        yield f"  {detail.run.reason}"


def _head(run: RunSummary) -> str:
    version = f"version {run.version_number}" if run.version_number else "draft"
    dry = ", dry run: nothing was written" if run.mode == "dry" else ""
    ending = ENDINGS.get(run.status, run.status)
    if run.status == "waiting" and run.wake_at:
        ending += f" until {run.wake_at:%Y-%m-%d %H:%M:%S} UTC and goes on when the server runs"
    took = f" in {run.seconds:.2f} s" if run.seconds is not None else ""
    return f"“{run.workflow_name}” ({version}{dry}) {ending}{took}   run {run.id}"


def _step(step: StepRunDetail) -> Iterator[str]:
    indent = "  " * (step.depth + 1)
    number = f" #{step.iteration + 1}" if step.iteration is not None else ""
    took = f"  {step.seconds:.2f} s" if step.seconds is not None else ""
    yield f"{indent}{SIGNS.get(step.status, step.status):<9} {step.title}{number}{took}"
    for attempt in step.attempts:
        for exchange in attempt.exchanges:
            yield f"{indent}          {_exchange(exchange)}"
    if step.error:
        yield f"{indent}          {step.error.get('message', '')}"
        if remedy := step.error.get("remedy"):
            yield f"{indent}          {remedy}"


def _exchange(exchange: Mapping[str, Any]) -> str:
    request, response = exchange["request"], exchange["response"]
    sent = response is not None or exchange["error"]
    outcome = str(response["status"]) if response is not None else exchange["error"] or "not sent"
    shown = f"{request['method']} {request['url']} → {outcome}"
    return shown if sent or not request.get("body") else f"{shown}  {request['body']}"
