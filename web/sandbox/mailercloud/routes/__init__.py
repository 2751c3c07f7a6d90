"""The HTTP face of the account, one file a noun."""

from __future__ import annotations

from starlette.routing import Router

from web.sandbox.mailercloud.account import MailercloudAccount
from web.sandbox.mailercloud.routes import campaigns, contacts, lists, mails, properties, tags, webhooks
from web.sandbox.mailercloud.webhooks import Webhooks


def router(account: MailercloudAccount, registered: Webhooks) -> Router:
    """The marketing API. Handlers raise Refused; the gate before them answers it."""
    nouns = (lists, contacts, properties, tags, campaigns)
    routes = [route for noun in nouns for route in noun.routes(account)]
    return Router(routes + webhooks.routes(registered), redirect_slashes=False)


def email_router(account: MailercloudAccount) -> Router:
    """The e-mail API, on a host of its own at the vendor's."""
    return Router(mails.routes(account), redirect_slashes=False)
