"""What happens when a hook is called: find it, prove the sender, store the events. Nothing else.

unknown        no such hook                                                                   404
refused        the sender cannot prove who it is                                              401
unreadable     the sender is proved, but there is no event in it; kept as a refused event      like accepted
probe          the service only checks that somebody answers                                  200
switched_off   a catch hook of a workflow that is off; kept as a refused event with that reason   410
duplicate      every event in it was stored before                                            200
accepted       stored; unmatched events are kept too, with the reason                         202
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal
from urllib.parse import parse_qsl

from connectors._kit import webhook
from connectors._kit.context import Credentials
from connectors._kit.errors import WebhookRefused, WebhookUnreadable
from connectors._kit.model import Connector
from connectors._kit.registry import Registry
from connectors._kit.triggers import plan_of
from engine.clock import Clock
from engine.connections import Connections
from engine.errors import Refused
from engine.events import Events
from engine.hooks import HookRecord, Hooks
from engine.ids import new_id
from engine.intake import Accepted, Intake, NewEvent
from engine.triggers.interest import Interest, Interests
from engine.triggers.reply import Reply, reply_of
from engine.triggers.subscriptions import Listener, Subscriptions

log = logging.getLogger(__name__)

SWITCHED_OFF = "The workflow was switched off when this arrived."


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one call of a hook; `message` is for the sender."""

    outcome: Literal["unknown", "refused", "unreadable", "probe", "switched_off", "duplicate", "accepted"]
    message: str = ""
    event_ids: tuple[str, ...] = ()
    accepted_status: int = 202
    """What the sender takes for success: some services repeat everything that is not answered with 200."""
    run_ids: tuple[str, ...] = ()
    reply: Reply | None = None
    """What to answer instead of the usual, where the workflow says so."""


class Receiver:
    def __init__(
        self,
        registry: Registry,
        hooks: Hooks,
        connections: Connections,
        events: Events,
        subscriptions: Subscriptions,
        interests: Interests,
        intake: Intake,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._hooks = hooks
        self._connections = connections
        self._events = events
        self._subscriptions = subscriptions
        self._interests = interests
        self._intake = intake
        self._clock = clock

    async def receive(
        self, token: str, method: str, headers: Mapping[str, str], raw: bytes, query: str = ""
    ) -> Receipt:
        """Raises Overloaded or StorageUnavailable: then nothing was stored and the sender should send again."""
        hook = self._hooks.cached(token) or await asyncio.to_thread(self._hooks.find, token)
        if hook is None:
            return Receipt("unknown", "There is no hook at this address.")
        if hook.connection_id is None:
            return await self._caught(hook, headers, raw, query)
        return await self._from_service(hook, hook.connection_id, method, headers, raw)

    async def resend(self, event_id: str) -> Receipt:
        """Hand a stored event to the workflows that listen for it today, as a new event.

        Raises NotFound, or Refused for an event that did not come in by a hook.
        """
        event = await asyncio.to_thread(self._events.get, event_id)
        hook = await asyncio.to_thread(self._hooks.get, event.hook_id) if event.hook_id else None
        if hook is None:
            raise Refused("Only events that arrived at a hook that still exists can be sent again.")
        listeners = list(await self._subscriptions.listeners(hook.id))
        if hook.connection_id is not None:
            credentials = await self._connections.credentials_async(hook.connection_id)
            connector = self._registry.connector(credentials.connector)
            heard = await self._heard(connector, webhook.again(connector, event.payload), listeners)
        else:
            heard = [(webhook.Incoming("", None, event.payload), listeners)]
        if not any(some for _, some in heard):
            raise Refused("No switched-on workflow listens for this event. Switch one on first.")
        return _receipt([await self._resend(hook, incoming, some) for incoming, some in heard if some])

    async def _resend(self, hook: HookRecord, incoming: webhook.Incoming, listeners: Sequence[Listener]) -> Accepted:
        interest = await self._interests.of(listeners, incoming.payload)
        if interest.reason:
            raise Refused(interest.reason)
        again = NewEvent("hook", f"resent:{new_id()}", incoming.payload, listeners[0].operation, hook.id)
        targets = [replace(target, sighting=None) for target in interest.targets]
        return await self._intake.accept(again, targets)

    async def _caught(self, hook: HookRecord, headers: Mapping[str, str], raw: bytes, query: str) -> Receipt:
        payload = webhook.parse_payload(headers, raw)
        if query:
            payload = {**dict(parse_qsl(query)), **(payload if isinstance(payload, dict) else {"body": payload})}
        listeners = await self._subscriptions.listeners(hook.id)
        dedupe = f"{hook.id}:{headers.get('idempotency-key') or new_id()}"
        if not listeners:
            refused = NewEvent("hook", dedupe, payload, hook_id=hook.id, status="refused", reason=SWITCHED_OFF)
            event = await self._intake.accept(refused)
            return Receipt("switched_off", "This workflow is switched off.", (event.event_id,))
        new = NewEvent("hook", dedupe, payload, listeners[0].operation, hook.id)
        interest = await self._interests.of(listeners, payload)
        accepted = await self._intake.accept(new, interest.targets)
        reply = reply_of(await self._interests.input_of(listeners[0]))
        return replace(_receipt([accepted]), reply=reply)

    async def _from_service(
        self, hook: HookRecord, connection_id: str, method: str, headers: Mapping[str, str], raw: bytes
    ) -> Receipt:
        credentials = await self._connections.credentials_async(connection_id)
        connector = self._registry.connector(credentials.connector)
        if webhook.is_probe(connector, method, headers, raw):
            return Receipt("probe", "Stepline is listening.")
        try:
            incoming = webhook.receive(connector, credentials, headers, raw, self._clock())
        except WebhookRefused as error:
            log.warning("a delivery for the connection %s was refused and is lost: %s", connection_id, error)
            await asyncio.to_thread(self._hooks.note_refusal, hook.id, str(error))
            return Receipt("refused", str(error))
        except WebhookUnreadable as error:
            return await self._kept_unread(hook, connector, headers, raw, str(error))
        listeners = await self._subscriptions.listeners(hook.id)
        heard = [one for event in incoming for one in await self._heard(connector, event, listeners)]
        accepted = await asyncio.gather(
            *(self._accept(hook, connector, credentials, event, some) for event, some in heard)
        )
        if not accepted:
            return Receipt("probe", "There was no event in this request.")
        return replace(_receipt(accepted), accepted_status=_accepted_status(connector))

    async def _kept_unread(
        self, hook: HookRecord, connector: Connector, headers: Mapping[str, str], raw: bytes, reason: str
    ) -> Receipt:
        """The sender is told that it arrived: sent again, it would be no easier to read."""
        dedupe, payload = f"{hook.id}:{sha256(raw).hexdigest()}", webhook.parse_payload(headers, raw)
        event = await self._intake.accept(
            NewEvent("hook", dedupe, payload, hook_id=hook.id, status="refused", reason=reason)
        )
        return Receipt("unreadable", reason, (event.event_id,), _accepted_status(connector))

    async def _accept(
        self,
        hook: HookRecord,
        connector: Connector,
        credentials: Credentials,
        incoming: webhook.Incoming,
        matching: Sequence[Listener],
    ) -> Accepted:
        dedupe = f"{hook.id}:{incoming.dedupe or new_id()}"
        interest = Interest()
        if not webhook.belongs(connector, credentials, incoming.payload):
            matching, reason = [], "It belongs to another account than this connection."
        elif not matching:
            reason = f"No switched-on workflow listens for “{incoming.event or 'an event without a kind'}”."
        else:
            interest = await self._interests.of(matching, incoming.payload)
            reason = interest.reason
        new = NewEvent(
            source="hook",
            dedupe=dedupe,
            payload=incoming.payload,
            operation=matching[0].operation if matching else None,
            hook_id=hook.id,
            status="unmatched" if reason else "accepted",
            reason=reason,
        )
        return await self._intake.accept(new, interest.targets, sightings=interest.sightings)

    async def _heard(
        self, connector: Connector, incoming: webhook.Incoming, listeners: Sequence[Listener]
    ) -> list[tuple[webhook.Incoming, list[Listener]]]:
        """An event with those who listen for its kind. One that carries many comes in its parts, and whole for those
        who take it together; if nobody listens, only whole.
        """
        matching = self._matching(connector, incoming, listeners)
        if not incoming.parts:
            return [(incoming, matching)]
        whole = [listener for listener in matching if await self._takes_together(listener)]
        others = [listener for listener in listeners if listener not in whole]
        parts = [(part, self._matching(connector, part, others)) for part in incoming.parts]
        if not any(some for _, some in parts):
            return [(incoming, whole)]
        return [*parts, *([(incoming, whole)] if whole else [])]

    async def _takes_together(self, listener: Listener) -> bool:
        trigger = plan_of(self._registry.operation(listener.operation))
        return trigger.takes_together(await self._interests.input_of(listener))

    def _matching(
        self, connector: Connector, incoming: webhook.Incoming, listeners: Sequence[Listener]
    ) -> list[Listener]:
        operations = {operation.id for operation in webhook.triggers_for(connector, incoming.event)}
        return [listener for listener in listeners if listener.operation in operations]


def _accepted_status(connector: Connector) -> int:
    return connector.webhook.accepted_status if connector.webhook else 202


def _receipt(accepted: Sequence[Accepted]) -> Receipt:
    return Receipt(
        "duplicate" if all(one.duplicate for one in accepted) else "accepted",
        event_ids=tuple(one.event_id for one in accepted),
        run_ids=tuple(run_id for one in accepted for run_id in one.run_ids),
    )
