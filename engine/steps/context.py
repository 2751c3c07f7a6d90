"""What executors work with: the run's state, the expressions' scope, and the doors to the outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from connectors._kit.context import Credentials, Pace, Result
from connectors._kit.errors import ExpressionError, Failure, FailureKind, MissingValue
from connectors._kit.expressions import Template
from connectors._kit.model import Operation
from engine.budget import Lane
from engine.clock import Clock
from engine.definition.rules import RuleSet
from engine.run_state import RunState


class Calls(Protocol):
    """The connector kit's caller, as the runner uses it."""

    async def execute(
        self,
        operation: Operation,
        input: Any,
        credentials: Credentials | None,
        *,
        idempotency_key: str,
        dry_run: bool = False,
        pace: Pace | None = None,
        workflow_id: str = "",
    ) -> Result: ...


async def _no_newer(credentials: Credentials) -> Credentials | None:
    return None


@dataclass(frozen=True, slots=True)
class Tools:
    """Shared by all runs of a process."""

    operation: Callable[[str], Operation]
    credentials: Callable[[str], Awaitable[Credentials]]
    calls: Calls
    refused: Callable[[str, str], None]
    """(connection id, message): a login was refused; blocks on the database."""
    clock: Clock
    random: Random
    lane: Callable[[Credentials | None], Lane | None] = lambda _: None
    """A connection's way through its request budget; None when nothing limits it."""
    renewed: Callable[[Credentials], Awaitable[Credentials | None]] = _no_newer
    """Newer credentials in place of refused ones, where they can be had without a person."""


class StepFailed(Exception):
    """Raised inside an executor when the step cannot even be tried; becomes a failed step."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(slots=True)
class StepContext:
    state: RunState
    scope: dict[str, Any]
    tools: Tools
    flush: Callable[[str], Awaitable[None]]
    """Journal all changes now, the run standing at the given path."""

    def output(self, key: str, value: Any) -> None:
        """Make a finished step's output visible to the steps after it."""
        self.scope["steps"][key] = value

    def render(self, template: Template, what: str) -> Any:
        """The template's value. `what` names the field in the error: "the field “E-mail”"."""
        try:
            return template.render(self.scope)
        except ExpressionError as error:
            raise _unrenderable(error, what) from error

    def render_all(self, templates: Mapping[str, Template], what: Callable[[str], str]) -> dict[str, Any]:
        """The values of all templates, by name. `what` names the one that fails, as in `render`."""
        values: dict[str, Any] = {}
        for name, template in templates.items():
            try:
                values[name] = template.render(self.scope)
            except ExpressionError as error:
                raise _unrenderable(error, what(name)) from error
        return values

    def holds(self, rules: RuleSet, what: str) -> bool:
        """True when the rules match this run's data."""
        try:
            return rules.hold(self.scope)
        except ExpressionError as error:
            raise _unrenderable(error, what) from error


def _unrenderable(error: ExpressionError, what: str) -> StepFailed:
    if isinstance(error, MissingValue):
        message = f"{what} needs {{{{ {error.name} }}}}, but there is no such value in this run."
        remedy = "Choose another value, or make it optional by adding | default('')."
        return StepFailed(Failure(FailureKind.CONFIG, message, remedy=remedy))
    return StepFailed(Failure(FailureKind.CONFIG, f"{what}: {error}", remedy="Choose another value or filter."))
