"""Who wants an event: the workflows that listen for its kind, less those whose trigger's inputs leave it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors._kit.errors import ExpressionError
from connectors._kit.registry import Registry
from connectors._kit.triggers import plan_of
from engine.intake import Target
from engine.plans import Plans
from engine.triggers.subscriptions import Listener


@dataclass(slots=True)
class Interest:
    """`targets` want the event; `left_out` names the inputs because of which others do not."""

    targets: list[Target] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """Why nobody wants it; "" where somebody does, or where nobody listens at all."""
        if self.targets or not self.left_out:
            return ""
        return unwanted(self.left_out)


class Interests:
    def __init__(self, registry: Registry, plans: Plans) -> None:
        self._registry = registry
        self._plans = plans

    async def of(self, listeners: Sequence[Listener], payload: Any) -> Interest:
        """Ask every listener about the payload of a hook."""
        found = Interest()
        for listener in listeners:
            left_out = await self._left_out(listener, payload)
            if left_out:
                found.left_out.extend(title for title in left_out if title not in found.left_out)
            else:
                found.targets.append(Target(listener.workflow_id, listener.version_id))
        return found

    async def _left_out(self, listener: Listener, payload: Any) -> Sequence[str]:
        trigger = plan_of(self._registry.operation(listener.operation))
        if not trigger.narrows:
            return ()
        plan = await self._plans.get(listener.version_id)
        try:
            return trigger.left_out(plan.trigger_input, trigger.output(payload, plan.trigger_input))
        except ExpressionError:
            return ()  # its run will say what is wrong with the event


def unwanted(titles: Sequence[str]) -> str:
    """The reason that is kept with an event."""
    return f"The trigger was narrowed down and leaves this event out, by: {', '.join(titles)}."
