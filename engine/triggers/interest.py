"""Who wants an event: the workflows that listen for its kind, less those whose trigger's inputs leave it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors._kit.errors import ExpressionError
from connectors._kit.registry import Registry
from connectors._kit.triggers import TriggerPlan, plan_of
from engine.clock import Clock
from engine.intake import Target
from engine.plans import Plans
from engine.triggers.seen import Rule, Sighting
from engine.triggers.subscriptions import Listener


@dataclass(slots=True)
class Interest:
    """`targets` want the event; `left_out` names the inputs because of which others do not.

    `sightings` are what those others learn from it all the same: that it is known.
    """

    targets: list[Target] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """Why nobody wants it; "" where somebody does, or where nobody listens at all."""
        return unwanted(self.left_out) if self.left_out and not self.targets else ""


class Interests:
    def __init__(self, registry: Registry, plans: Plans, clock: Clock) -> None:
        self._registry = registry
        self._plans = plans
        self._clock = clock

    async def of(self, listeners: Sequence[Listener], payload: Any) -> Interest:
        """Ask every listener about the payload of a hook."""
        found = Interest()
        for listener in listeners:
            left_out, sighting = await self._ask(listener, payload)
            if not left_out:
                found.targets.append(Target(listener.workflow_id, listener.version_id, sighting))
                continue
            found.left_out.extend(title for title in left_out if title not in found.left_out)
            if sighting is not None:
                found.sightings.append(sighting)
        return found

    async def input_of(self, listener: Listener) -> Mapping[str, Any]:
        """What the listener's trigger asks for, its expressions evaluated."""
        return (await self._plans.get(listener.version_id)).trigger_input

    async def _ask(self, listener: Listener, payload: Any) -> tuple[Sequence[str], Sighting | None]:
        trigger = plan_of(self._registry.operation(listener.operation))
        if not trigger.narrows and trigger.poll is None:
            return (), None
        input = (await self._plans.get(listener.version_id)).trigger_input
        try:
            output = trigger.output(payload, input)
            return trigger.left_out(input, output), self._sighting(trigger, listener.workflow_id, input, output)
        except ExpressionError:
            return (), None  # its run will say what is wrong with the event

    def _sighting(self, trigger: TriggerPlan, workflow_id: str, input: Any, output: Any) -> Sighting | None:
        identity = trigger.identity(input, output)
        if identity is None or trigger.poll is None:
            return None
        rule: Rule = "change" if trigger.poll.only_changes else "hook"
        return Sighting(workflow_id, *identity, seen_at=self._clock(), rule=rule, emit=trigger.poll.emit)


def unwanted(titles: Sequence[str]) -> str:
    """The reason that is kept with an event."""
    return f"The trigger was narrowed down and leaves this event out, by: {', '.join(titles)}."
