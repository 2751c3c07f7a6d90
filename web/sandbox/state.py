"""Everything the sandbox remembers, in memory, and the parts that act on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport

from web.sandbox.delivery import Courier
from web.sandbox.faults import Faults
from web.sandbox.gate import Hang
from web.sandbox.ghl import seed as ghl_seed
from web.sandbox.ghl.account import GhlAccount
from web.sandbox.ghl.manners import GhlManners
from web.sandbox.ghl.oauth import OAuthServer
from web.sandbox.hooks import Hooks
from web.sandbox.journal import Journal
from web.sandbox.mailercloud import seed as mailercloud_seed
from web.sandbox.mailercloud.account import MailercloudAccount
from web.sandbox.mailercloud.manners import EmailManners, MailercloudManners
from web.sandbox.mailercloud.webhooks import Webhooks
from web.sandbox.settings import GHL, MAILERCLOUD, SandboxSettings
from web.sandbox.signing import Signer
from web.sandbox.times import iso


class Sandbox:
    """Use from one event loop. `close` ends the background work and the HTTP client it made itself."""

    def __init__(
        self,
        settings: SandboxSettings,
        *,
        clock: Callable[[], datetime],
        http: httpx.AsyncClient | None,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.sleep = sleep
        self._given_http = http
        self._own_http: httpx.AsyncClient | None = None
        self.signer = Signer(settings.signing_key)
        self.faults = Faults()
        self.hang = Hang(sleep, settings.hang_seconds)
        self.journal = Journal(settings.history)
        self.courier = Courier(
            http=self.client,
            clock=clock,
            sleep=sleep,
            at_once=settings.deliveries_at_once,
            timeout=settings.delivery_timeout,
            history=settings.history,
        )
        self.hooks = Hooks(settings, self.courier, self.signer, clock)
        self.ghl = GhlAccount(location=settings.ghl_location, hooks=self.hooks, clock=clock, fill=ghl_seed.fill)
        self.mailercloud = MailercloudAccount(
            hooks=self.hooks, clock=clock, later=self._later, fill=mailercloud_seed.fill
        )
        self.webhooks = Webhooks(self.hooks, probe=self._answers_probe, clock=clock)
        self.oauth = OAuthServer(settings, clock)
        self.ghl_manners = GhlManners(settings, self.oauth, self._seconds)
        self.mailercloud_manners = MailercloudManners(settings, self._seconds)
        self.email_manners = EmailManners(settings, self._seconds)
        self._register_hooks()

    def now(self) -> str:
        return iso(self.clock())

    def client(self) -> httpx.AsyncClient:
        if self._given_http is not None:
            return self._given_http
        if self._own_http is None:
            self._own_http = httpx.AsyncClient(transport=AiohttpTransport())
        return self._own_http

    def reset(self, *, hooks: bool = False) -> None:
        """Back to the seeded records; deliveries, requests and faults are forgotten. Hooks stay unless
        `hooks`: then only those of the settings are left."""
        self.courier.clear()
        self.journal.clear()
        self.faults.clear()
        self.oauth.reset()
        for manners in (self.ghl_manners, self.mailercloud_manners, self.email_manners):
            manners.reset()
        if hooks:
            self.hooks.clear()
            self._register_hooks()
        self.ghl.reset()
        self.mailercloud.reset()

    def as_dict(self) -> dict[str, Any]:
        """What `GET /_sandbox/state` answers."""
        return {
            GHL: self.ghl.as_dict() | {"public_key": self.signer.public_key, "oauth": self.oauth.as_dict()},
            MAILERCLOUD: self.mailercloud.as_dict(),
            "hooks": self.hooks.as_list(),
            "deliveries": [delivery.as_dict() for delivery in self.courier.entries()],
            "faults": self.faults.as_dict(),
            "requests": self.journal.entries(),
        }

    def release(self) -> None:
        """Ends the requests that hang under a timeout fault, now and later."""
        self.hang.release()

    async def close(self) -> None:
        self.release()
        await self.courier.close()
        if self._own_http is not None:
            await self._own_http.aclose()
            self._own_http = None

    def _register_hooks(self) -> None:
        for vendor, url in self.settings.hooks:
            self.hooks.add(vendor, url)

    def _seconds(self) -> float:
        return self.clock().timestamp()

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        async def wait() -> None:
            await self.sleep(seconds)
            work()

        self.courier.spawn(wait())

    async def _answers_probe(self, url: str) -> bool:
        headers = {"Webhook-Id": "WebhookID", "User-Agent": "MailerCloud"}
        try:
            response = await self.client().post(url, headers=headers, timeout=self.settings.delivery_timeout)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return response.status_code == 200


async def real_sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)
