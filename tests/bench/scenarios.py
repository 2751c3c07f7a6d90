"""The workflows that are measured, put into a fresh data directory as a user would have made them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.assembly import open_stepline
from engine.settings import Settings

FILTER: dict[str, Any] = {
    "key": "has_email",
    "kind": "filter",
    "match": "all",
    "rules": [{"left": "{{ trigger.email }}", "test": "is_not_empty", "right": ""}],
}
NORMALIZE: dict[str, Any] = {
    "key": "address",
    "kind": "action",
    "operation": "formatter.email.normalize",
    "input": {"email": "{{ trigger.email }}"},
}
SHAPE: dict[str, Any] = {
    "key": "name",
    "kind": "action",
    "operation": "formatter.text.change_case",
    "input": {"text": "{{ trigger.first_name }} {{ trigger.last_name }}", "case": "upper"},
}


def call(method: str, sink_url: str) -> dict[str, Any]:
    """A step that sends something to the sink: `put` may be repeated, `post` may not."""
    return {
        "key": "send",
        "kind": "action",
        "operation": f"http_request.requests.{method}",
        "input": {"url": sink_url, "body": {"email": "{{ trigger.email }}", "number": "{{ trigger.number }}"}},
    }


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    steps: tuple[dict[str, Any], ...]
    workflow_id: str = ""
    hook_id: str = ""
    path: str = ""
    """Of its hook's URL."""


def seed(data_dir: Path, scenarios: list[Scenario]) -> list[Scenario]:
    """Make the workflows and switch them on; the scenarios come back with their ids and hooks."""
    stepline = open_stepline(Settings(data_dir=data_dir), working=False)
    ready = []
    for scenario in scenarios:
        definition = {"trigger": {"operation": "webhook.hooks.received", "input": {}}, "steps": list(scenario.steps)}
        workflow = stepline.workflows.create(scenario.name, definition)
        stepline.workflows.enable(workflow.id)
        hook = stepline.hooks.for_workflow(workflow.id)
        ready.append(Scenario(scenario.name, scenario.steps, workflow.id, hook.id, hook.path))
    stepline.close()
    return ready
