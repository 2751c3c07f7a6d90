"""The account's webhooks as its API manages them; the hooks themselves are the sandbox's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from web.sandbox.hooks import Hook, HookInvalid, Hooks
from web.sandbox.mailercloud.errors import invalid, missing
from web.sandbox.mailercloud.fields import check_length
from web.sandbox.mailercloud.mails import TITLES
from web.sandbox.replies import Record
from web.sandbox.settings import MAILERCLOUD
from web.sandbox.times import iso

MOST = 20
SHORT = {title.lower(): short for short, title in TITLES.items()} | {short: short for short in TITLES}
"""Which literals the vendor takes for events is not known: here the short names and the titles."""


class Webhooks:
    """`probe` asks a new URL whether it answers 200."""

    def __init__(self, hooks: Hooks, *, probe: Callable[[str], Awaitable[bool]], clock: Callable[[], datetime]) -> None:
        self._hooks = hooks
        self._probe = probe
        self._clock = clock

    def all(self) -> list[Hook]:
        return self._hooks.of(MAILERCLOUD)

    def get(self, hook_id: str) -> Hook:
        """Raises Refused when there is none."""
        hook = self._hooks.get(hook_id)
        if hook is None or hook.vendor != MAILERCLOUD:
            raise missing("Webhook")
        return hook

    async def create(self, body: Record) -> Hook:
        name, url, events = await self._checked(body)
        if len(self.all()) >= MOST:
            raise invalid("webhook", "Maximum webhook limit reached")
        try:
            return self._hooks.add(MAILERCLOUD, url, name=name, events=events)
        except HookInvalid as error:
            raise invalid("url", str(error)) from error

    async def change(self, hook: Hook, body: Record) -> None:
        hook.name, hook.url, hook.events = await self._checked(body)
        hook.modified = iso(self._clock())

    def toggle(self, hook: Hook, status: Any) -> None:
        if status not in ("0", "1"):
            raise invalid("status", "status must be 0 or 1")
        hook.active = status == "1"
        hook.modified = iso(self._clock())

    def remove(self, hook: Hook) -> None:
        self._hooks.remove(hook.id)

    async def _checked(self, body: Record) -> tuple[str, str, tuple[str, ...]]:
        name = check_length(body, "name", 1, 100)
        url = check_length(body, "url", 8, 2_000)
        events = body.get("events")
        if not isinstance(events, list) or not events:
            raise invalid("events", "events is a required field")
        unknown = [str(event) for event in events if str(event).lower() not in SHORT]
        if unknown:
            raise invalid("events", f"Invalid event {', '.join(unknown)}")
        if not await self._probe(url):
            raise invalid("url", "The URL did not answer with status 200")
        return name, url, tuple(dict.fromkeys(SHORT[str(event).lower()] for event in events))
