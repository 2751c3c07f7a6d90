"""What `stepline demo` puts into its data: an owner, two sandbox connections and the welcome workflow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from engine.accounts import User
from engine.assembly import Stepline
from engine.connections import ConnectionRecord
from web.sandbox import (
    SANDBOX_GHL_LOCATION,
    SANDBOX_GHL_PATH,
    SANDBOX_GHL_TOKEN,
    SANDBOX_MAILERCLOUD_EMAIL_PATH,
    SANDBOX_MAILERCLOUD_KEY,
    SANDBOX_MAILERCLOUD_LIST,
    SANDBOX_MAILERCLOUD_PATH,
    SANDBOX_MAILERCLOUD_WEBHOOK,
    SANDBOX_SENDER_EMAIL,
    SANDBOX_SENDER_NAME,
    sandbox_public_key,
)

OWNER_EMAIL = "owner@example.com"
RECIPE = "new-contact-welcome-sequence"
LINK_LASTS = timedelta(hours=12)

WELCOME_SETTINGS = {
    "list_id": SANDBOX_MAILERCLOUD_LIST,
    "tag": "welcome",
    "sender_email": SANDBOX_SENDER_EMAIL,
    "sender_name": SANDBOX_SENDER_NAME,
    "welcome_subject": "Welcome to Harbor Studio",
    "welcome_text": "Good to have you with us.\nTomorrow we write again, with three ideas to begin with.",
    "delay_days": 0.0001,  # about nine seconds: nobody who tries this waits a day
    "second_subject": "Three ideas to begin with",
    "second_text": "1. Say hello to a customer.\n2. Write down one wish.\n3. Call us when you are stuck.",
}


@dataclass(frozen=True, slots=True)
class Demo:
    """`hooks` are (vendor, path) pairs: where the sandbox sends its events."""

    owner: User
    connections: tuple[ConnectionRecord, ...]
    hooks: tuple[tuple[str, str], ...]


def seed(stepline: Stepline, sandbox_url: str) -> Demo:
    """Fill an empty database; in one that was filled before, only lead the connections to this sandbox.

    What a person changed in the meantime stays as it is.
    """
    ghl = _connection(stepline, "gohighlevel", "private_token", "GoHighLevel (sandbox)", _ghl_values(sandbox_url))
    mailercloud = _connection(
        stepline, "mailercloud", "api_key", "Mailercloud (sandbox)", _mailercloud_values(sandbox_url)
    )
    if not stepline.workflows.list():
        _welcome(stepline, ghl, mailercloud)
    connections = (ghl, mailercloud)
    hooks = tuple((found.connector, stepline.connections.hook(found.id).path) for found in connections)
    return Demo(_owner(stepline), connections, hooks)


def signin_link(stepline: Stepline, owner: User, public_url: str) -> str:
    """An address that signs the owner in once."""
    return f"{public_url}/signin/{stepline.accounts.create_login_link('signin', owner.id, LINK_LASTS)}"


def _owner(stepline: Stepline) -> User:
    """The first owner there is. A new one has no password and always comes in by link."""
    for user in stepline.accounts.list_users():
        if user.is_owner:
            return user
    return stepline.accounts.create_user(OWNER_EMAIL, "Olivia Owner", None, "owner")


def _ghl_values(sandbox_url: str) -> dict[str, Any]:
    return {
        "token": SANDBOX_GHL_TOKEN,
        "location_id": SANDBOX_GHL_LOCATION,
        "webhook_public_key": sandbox_public_key(),
        "base_url": sandbox_url + SANDBOX_GHL_PATH,
    }


def _mailercloud_values(sandbox_url: str) -> dict[str, Any]:
    return {
        "api_key": SANDBOX_MAILERCLOUD_KEY,
        "webhook_id": SANDBOX_MAILERCLOUD_WEBHOOK,
        "base_url": sandbox_url + SANDBOX_MAILERCLOUD_PATH,
        "base_url_email": sandbox_url + SANDBOX_MAILERCLOUD_EMAIL_PATH,
    }


def _connection(stepline: Stepline, connector: str, auth: str, name: str, values: dict[str, Any]) -> ConnectionRecord:
    """The connection to the sandbox, made when there is none and led to its address when that has changed."""
    for found in stepline.connections.list(connector):
        if not _leads_to_sandbox(found, values["base_url"]):
            continue
        if found.public["base_url"] == values["base_url"]:
            return found
        return stepline.connections.update(found.id, values={**found.public, **values})
    return stepline.connections.create(connector, auth, name, values)


def _leads_to_sandbox(connection: ConnectionRecord, base_url: str) -> bool:
    """Whether it was made by a demo, perhaps on another port."""
    there, here = urlsplit(str(connection.public.get("base_url", ""))), urlsplit(base_url)
    return there.hostname == here.hostname and there.path == here.path


def _welcome(stepline: Stepline, ghl: ConnectionRecord, mailercloud: ConnectionRecord) -> None:
    imported = stepline.recipes.import_recipe(
        stepline.recipes.get(RECIPE),
        connections={"ghl": ghl.id, "mailercloud": mailercloud.id},
        settings=WELCOME_SETTINGS,
    )
    stepline.workflows.enable(imported.workflow.id)
