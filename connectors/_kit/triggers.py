"""What a trigger makes of an event: the data its workflow gets, and whether its inputs want the event at all.

`plan_of` compiles an operation once and keeps the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from connectors._kit.comparisons import TESTS
from connectors._kit.errors import MissingValue
from connectors._kit.expressions import Template, compile_template
from connectors._kit.model import Operation, WhereRule
from connectors._kit.polling import Identity

Input = Mapping[str, Any]


class TriggerPlan:
    """A trigger, compiled. `input` is always the trigger's own, with its expressions already evaluated."""

    def __init__(self, operation: Operation) -> None:
        trigger = operation.trigger
        if trigger is None:
            raise ValueError(f"{operation.id} is not a trigger")
        self._output = None if trigger.output is None else compile_template(trigger.output)
        self._where = [_Condition(rule, operation) for rule in trigger.where]
        self.poll = trigger.poll
        """How the service is looked at; for a webhook trigger, to find what the hook missed."""
        self._mode = trigger.mode
        self._together = trigger.together
        self._identity = Identity(trigger.poll, of_row=False) if trigger.poll and trigger.mode == "webhook" else None

    @property
    def narrows(self) -> bool:
        """False when the trigger wants every event of its kind, whatever its inputs."""
        return bool(self._where)

    def takes_together(self, input: Input) -> bool:
        """Whether events that came in one request stay one event."""
        return bool(self._together) and input.get(self._together) is True

    def looks(self, input: Input) -> bool:
        """Whether the service is looked at regularly. The input `reconcile` of a webhook trigger can say no."""
        if self.poll is None:
            return False
        wanted = self._mode == "poll" or input.get("reconcile", True) is not False
        return wanted and all(input.get(name) not in (None, "") for name in self.poll.needs)

    def identity(self, input: Input, output: Any) -> tuple[str, str] | None:
        """(key, digest) of an event of the hook, as a look at the service would give them. Raises ExpressionError.

        None where the service is not looked at.
        """
        if self._identity is None or not self.looks(input):
            return None
        return self._identity.of({"input": input, "output": output})

    def output(self, payload: Any, input: Input | None = None) -> Any:
        """What a webhook or catch trigger gives to its workflow for this payload. Raises ExpressionError.

        `fields` in the input adds values from dotted paths of the body under names of your choice.
        """
        output = payload if self._output is None else self._output.render({"payload": payload}, omit_missing=True)
        fields = (input or {}).get("fields")
        if not fields:
            return output
        own = {name: _at(payload, path) for name, path in fields.items()}
        return {**(output if isinstance(output, Mapping) else {"body": output}), **own}

    def left_out(self, input: Input, output: Any) -> tuple[str, ...]:
        """Titles of the inputs that do not want this output; empty = it is wanted. An empty input wants everything.

        Raises ExpressionError.
        """
        return tuple(condition.title for condition in self._where if not condition.holds(input, output))


class _Condition:
    def __init__(self, rule: WhereRule, operation: Operation) -> None:
        self.title: str = operation.input_schema.get("properties", {}).get(rule.input, {}).get("title", rule.input)
        self._input = rule.input
        self._value: Template = compile_template(rule.value)
        self._test = TESTS[rule.test]

    def holds(self, input: Input, output: Any) -> bool:
        wanted = input.get(self._input)
        if wanted is None or wanted is False or wanted in ("", []):
            return True
        try:
            value = self._value.render({"output": output, "input": input})
        except MissingValue:
            value = None
        return self._test.check(value, wanted)


plan_of = lru_cache(maxsize=2048)(TriggerPlan)


def trigger_output(operation: Operation, payload: Any, input: Input | None = None) -> Any:
    """See `TriggerPlan.output`."""
    return plan_of(operation).output(payload, input)


def _at(value: Any, path: str) -> Any:
    """The value at a dotted path such as contact.tags.0; None where it leads nowhere."""
    for key in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value
