"""Registered hook URLs, and how each vendor posts an event to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from web.sandbox.delivery import Courier, Delivery, DeliveryRule
from web.sandbox.ids import opaque
from web.sandbox.settings import GHL, MAILERCLOUD, SANDBOX_MAILERCLOUD_WEBHOOK, VENDORS, SandboxSettings
from web.sandbox.signing import SIGNATURE_HEADER, Signer
from web.sandbox.times import iso

USER_AGENTS = {GHL: "GoHighLevel sandbox", MAILERCLOUD: "MailerCloud"}


@dataclass
class Hook:
    """`events` empty means every event. Mailercloud sends `id` as `Webhook-Id`."""

    id: str
    vendor: str
    url: str
    name: str
    events: tuple[str, ...] = ()
    active: bool = True
    created: str = ""
    modified: str = ""


class HookInvalid(ValueError):
    """The hook cannot be registered; the text says why."""


class Hooks:
    """Every hook of both vendors, and the posting of events to those that asked for them."""

    def __init__(
        self, settings: SandboxSettings, courier: Courier, signer: Signer, clock: Callable[[], datetime]
    ) -> None:
        self._courier = courier
        self._signer = signer
        self._clock = clock
        self._hooks: dict[str, Hook] = {}
        self._rules = {
            GHL: DeliveryRule(
                settings.ghl_redeliveries,
                settings.ghl_redelivery_seconds,
                accepts=lambda status: 200 <= status < 300,
                repeats=lambda status: status == 429,
            ),
            MAILERCLOUD: DeliveryRule(
                settings.mailercloud_redeliveries,
                settings.mailercloud_redelivery_seconds,
                accepts=lambda status: status in (200, 201, 204),
                repeats=lambda status: True,
            ),
        }

    def add(
        self, vendor: str, url: str, *, hook_id: str | None = None, name: str = "", events: Iterable[str] = ()
    ) -> Hook:
        """Registers a URL; the same vendor and URL again give the hook that is there. Raises HookInvalid."""
        if vendor not in VENDORS:
            raise HookInvalid(f"vendor must be one of {', '.join(VENDORS)}")
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise HookInvalid("url must be an http or https address")
        known = next((hook for hook in self.of(vendor) if hook.url == url), None)
        if known is not None:
            return known
        now = iso(self._clock())
        new_id = hook_id or self._free_id(vendor)
        hook = Hook(new_id, vendor, url, name or "Sandbox hook", tuple(events), created=now, modified=now)
        self._hooks[hook.id] = hook
        return hook

    def _free_id(self, vendor: str) -> str:
        documented = SANDBOX_MAILERCLOUD_WEBHOOK if vendor == MAILERCLOUD else ""
        return documented if documented and documented not in self._hooks else opaque(12)

    def get(self, hook_id: str) -> Hook | None:
        return self._hooks.get(hook_id)

    def remove(self, hook_id: str) -> bool:
        return self._hooks.pop(hook_id, None) is not None

    def of(self, vendor: str) -> list[Hook]:
        return [hook for hook in self._hooks.values() if hook.vendor == vendor]

    def clear(self) -> None:
        self._hooks.clear()

    def publish(self, vendor: str, event: str, payload: dict[str, Any], topic: str = "") -> None:
        """Posts the event to every active hook that wants it. `topic` is the name hooks subscribe to,
        `event` when it is empty."""
        wanted = topic or event
        for hook in self.of(vendor):
            if hook.active and (not hook.events or wanted in hook.events):
                self._courier.post(self._delivery(hook, event, payload), self._rules[vendor])

    def _delivery(self, hook: Hook, event: str, payload: dict[str, Any]) -> Delivery:
        body = orjson.dumps(payload)
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENTS[hook.vendor]}
        if hook.vendor == GHL:
            headers[SIGNATURE_HEADER] = self._signer.sign(body)
        else:
            headers |= {"Webhook-Id": hook.id, "Webhook-Type": event}
        return Delivery(hook.vendor, hook.id, hook.url, event, payload, body, headers, at=iso(self._clock()))

    def as_list(self) -> list[dict[str, Any]]:
        return [asdict(hook) for hook in self._hooks.values()]
