"""The parsed definition: immutable, templates compiled once, cheap to run again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connectors._kit.expressions import Template, compile_template
from engine.definition.rules import Rule, RuleSet

UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400, "weeks": 604_800}
DEFAULT_LOOP_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is tried and how long it waits in between, in seconds."""

    attempts: int = 6
    first_delay: float = 5.0
    max_delay: float = 3_600.0


@dataclass(frozen=True, slots=True)
class Trigger:
    operation: str
    connection: str | None
    input: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What all steps share. `key` is unique in the workflow and names the step in expressions."""

    key: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class OperationStep(Step):
    """An action or a search: one call of a connector's operation; `input` has a template for each field."""

    operation: str
    connection: str | None
    input: Mapping[str, Template]
    retry: Retry
    on_uncertain: Literal["hold", "retry", "skip"]
    if_none: Literal["continue", "stop", "fail"]


@dataclass(frozen=True, slots=True)
class FilterStep(Step):
    rules: RuleSet


@dataclass(frozen=True, slots=True)
class Branch:
    """`rules` of None matches what no branch before it matched."""

    key: str
    title: str
    rules: RuleSet | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class PathsStep(Step):
    take: Literal["first", "all"]
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class DelayStep(Step):
    """Wait `amount` × `seconds`, or `until` a point in time; exactly one of `amount` and `until` is set."""

    amount: Template | None
    seconds: int
    until: Template | None


@dataclass(frozen=True, slots=True)
class LoopStep(Step):
    items: Template
    limit: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    trigger: Trigger
    settings: Mapping[str, Any]
    steps: tuple[Step, ...]


def parse(definition: Mapping[str, Any]) -> Definition:
    """The model of a definition that passed `check.check`. Raises ExpressionSyntaxError on a bad template."""
    trigger = definition["trigger"]
    return Definition(
        trigger=Trigger(trigger["operation"], trigger.get("connection"), trigger.get("input", {})),
        settings={key: setting_value(setting) for key, setting in definition.get("settings", {}).items()},
        steps=_steps(definition["steps"]),
    )


def trigger_input(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """The trigger's input with its expressions evaluated; they can only read the settings. Raises ExpressionError."""
    settings = {key: setting_value(setting) for key, setting in definition.get("settings", {}).items()}
    template = compile_template(definition["trigger"].get("input", {}))
    values: Mapping[str, Any] = template.render({"workflow": {"settings": settings}})
    return values


def setting_value(setting: Mapping[str, Any]) -> Any:
    """The chosen value, else the default, else None."""
    return setting.get("value", setting.get("default"))


def title_of(holder: Mapping[str, Any]) -> str:
    """What people call a step or a path: its title, else its key as words."""
    return str(holder.get("title") or holder["key"].replace("_", " ").capitalize())


def walk(definition: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step of a definition's JSON with its JSON pointer, outer steps first."""
    yield from _walk(definition.get("steps", []), "/steps")


def _walk(steps: list[dict[str, Any]], pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, step in enumerate(steps):
        here = f"{pointer}/{index}"
        yield here, step
        for number, branch in enumerate(step.get("branches", [])):
            yield from _walk(branch.get("steps", []), f"{here}/branches/{number}/steps")
        yield from _walk(step.get("steps", []), f"{here}/steps")


def _steps(steps: list[dict[str, Any]]) -> tuple[Step, ...]:
    return tuple(_PARSERS[step["kind"]](step, _common(step)) for step in steps)


def _common(step: dict[str, Any]) -> tuple[str, str, str]:
    return step["key"], step["kind"], title_of(step)


def _operation(step: dict[str, Any], common: tuple[str, str, str]) -> OperationStep:
    return OperationStep(
        *common,
        operation=step["operation"],
        connection=step.get("connection"),
        input={name: compile_template(value) for name, value in step.get("input", {}).items()},
        retry=_retry(step.get("retry", {})),
        on_uncertain=step.get("on_uncertain", "hold"),
        if_none=step.get("if_none", "continue"),
    )


def _retry(given: dict[str, Any]) -> Retry:
    names = {"attempts": "attempts", "first_delay_seconds": "first_delay", "max_delay_seconds": "max_delay"}
    return Retry(**{names[name]: value for name, value in given.items()})


def _filter(step: dict[str, Any], common: tuple[str, str, str]) -> FilterStep:
    return FilterStep(*common, _rules(step))


def _paths(step: dict[str, Any], common: tuple[str, str, str]) -> PathsStep:
    branches = tuple(
        Branch(
            key=branch["key"],
            title=title_of(branch),
            rules=_rules(branch) if branch.get("rules") else None,
            steps=_steps(branch["steps"]),
        )
        for branch in step["branches"]
    )
    return PathsStep(*common, step.get("take", "first"), branches)


def _delay(step: dict[str, Any], common: tuple[str, str, str]) -> DelayStep:
    if "until" in step:
        return DelayStep(*common, None, 1, compile_template(step["until"]))
    return DelayStep(*common, compile_template(step["for"]["amount"]), UNITS[step["for"]["unit"]], None)


def _loop(step: dict[str, Any], common: tuple[str, str, str]) -> LoopStep:
    limit = step.get("limit", DEFAULT_LOOP_LIMIT)
    return LoopStep(*common, compile_template(step["items"]), limit, _steps(step["steps"]))


def _rules(holder: dict[str, Any]) -> RuleSet:
    rules = tuple(
        Rule(compile_template(rule["left"]), rule["test"], compile_template(rule.get("right", "")))
        for rule in holder["rules"]
    )
    return RuleSet(holder.get("match", "all"), rules)


_PARSERS = {
    "action": _operation,
    "search": _operation,
    "filter": _filter,
    "paths": _paths,
    "delay": _delay,
    "loop": _loop,
}
