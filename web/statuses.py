"""How each status looks: its words, its icon, its tone. Colour never stands alone."""

from __future__ import annotations

from dataclasses import dataclass

from engine.runs.model import RunSummary, StepRunDetail


@dataclass(frozen=True, slots=True)
class Look:
    label: str
    icon: str
    tone: str
    """good | bad | warn | info | accent | neutral | violet | teal"""
    spin: bool = False


RUN = {
    "queued": Look("Queued", "circle-dashed", "neutral"),
    "running": Look("Running", "loader-circle", "info", spin=True),
    "waiting": Look("Waiting", "clock", "violet"),
    "held": Look("Held", "hand", "warn"),
    "succeeded": Look("Succeeded", "circle-check", "good"),
    "failed": Look("Failed", "circle-x", "bad"),
    "filtered": Look("Filtered", "funnel", "neutral"),
    "cancelled": Look("Cancelled", "ban", "neutral"),
}
STEP_RUN = {
    "running": Look("Running", "loader-circle", "info", spin=True),
    "waiting": Look("Waiting", "clock", "violet"),
    "held": Look("Held", "hand", "warn"),
    "succeeded": Look("Succeeded", "circle-check", "good"),
    "failed": Look("Failed", "circle-x", "bad"),
    "skipped": Look("Skipped", "skip-forward", "neutral"),
    "stopped": Look("Not finished", "circle-slash", "neutral"),
    "uncertain": Look("Uncertain", "circle-question-mark", "warn"),
}
EVENT = {
    "accepted": Look("Accepted", "circle-check", "good"),
    "unmatched": Look("No workflow", "circle-slash", "neutral"),
    "refused": Look("Refused", "ban", "bad"),
}
SOURCES = {"hook": "Webhook", "poll": "Polling", "schedule": "Schedule", "api": "API", "test": "By hand"}
"""Where events come from."""
CONNECTION = {
    "ok": Look("Works", "circle-check", "good"),
    "failing": Look("Needs mending", "triangle-alert", "bad"),
    "faulty": Look("Needs mending", "triangle-alert", "bad"),
    "needs_reconnect": Look("Sign in again", "triangle-alert", "bad"),
    "untested": Look("Not tested", "circle-dashed", "neutral"),
}
WORKFLOW = {
    "on": Look("On", "power", "good"),
    "off": Look("Off", "circle-pause", "neutral"),
    "draft": Look("Draft", "pencil", "warn"),
}
KIND = {
    "trigger": Look("Trigger", "zap", "accent"),
    "action": Look("Action", "play", "info"),
    "search": Look("Search", "search", "violet"),
    "options": Look("Options", "list", "neutral"),
    "filter": Look("Filter", "funnel", "warn"),
    "paths": Look("Paths", "split", "teal"),
    "delay": Look("Delay", "hourglass", "violet"),
    "loop": Look("Loop", "repeat", "teal"),
}
ALL = {
    "run": RUN,
    "step_run": STEP_RUN,
    "event": EVENT,
    "connection": CONNECTION,
    "workflow": WORKFLOW,
    "kind": KIND,
}
TONE_ICON = {"good": "circle-check", "bad": "circle-x", "warn": "triangle-alert", "info": "info"}


def of_step(step: StepRunDetail, run: RunSummary) -> str:
    """A key of STEP_RUN: what a step of this run is doing, or was when the run ended."""
    if step.status != "running":
        return step.status
    if run.finished:
        return "stopped"
    if run.status == "held" and step.path == run.step_path:
        return "held"
    return "waiting" if step.wake_at else "running"


def look(family: str, status: str) -> Look:
    """Raises KeyError for a status that has no look yet."""
    return ALL[family][status]
