"""The whole engine as it ships, on a database of the test's choice; other systems are a function."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.assembly import Stepline, open_stepline
from engine.settings import Settings
from tests.support.clock import SettableClock

Service = Callable[[httpx.Request], httpx.Response]


class Product:
    """`service` answers every request that steps send; `requests` are those it got."""

    def __init__(self, stepline: Stepline, clock: SettableClock) -> None:
        self.stepline = stepline
        self.clock = clock
        self.requests: list[httpx.Request] = []
        self.service: Service = lambda _: httpx.Response(200, json={})
        self.signing_key = Ed25519PrivateKey.generate()

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.service(request)

    def gohighlevel(self) -> str:
        """A connection whose webhooks are signed with this product's own key."""
        public = self.signing_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        values = {
            "token": "pit-1",
            "location_id": "loc-1",
            "webhook_public_key": base64.b64encode(public).decode(),
        }
        return self.stepline.connections.create("gohighlevel", "private_token", "Main account", values).id

    def mailercloud(self) -> str:
        return self.stepline.connections.create("mailercloud", "api_key", "News", {"api_key": "key-1"}).id

    def workflow(self, *steps: dict[str, Any], on: bool = True, **trigger: Any) -> str:
        """A workflow with this trigger, published and switched on; returns its id."""
        trigger.setdefault("operation", "webhook.hooks.received")
        workflows = self.stepline.workflows
        workflow = workflows.create("Welcome", {"trigger": trigger, "steps": list(steps)})
        if on:
            workflows.enable(workflow.id)
        return workflow.id

    def token(self, *, connection: str = "", workflow: str = "") -> str:
        hooks = self.stepline.hooks
        return (hooks.for_connection(connection) if connection else hooks.for_workflow(workflow)).token

    def signed(self, body: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """Headers and raw body of a GoHighLevel webhook."""
        raw = json.dumps(body).encode()
        signature = base64.b64encode(self.signing_key.sign(raw)).decode()
        return {"content-type": "application/json", "x-ghl-signature": signature}, raw


def open_product(data_dir: Path, database_url: str, clock: SettableClock) -> Product:
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    product: Product
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: product.answer(request)))
    product = Product(open_stepline(settings, http=http, clock=clock), clock)
    return product
