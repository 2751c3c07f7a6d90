"""What the sandbox is known by (fixed, documented credentials and ids) and what can be tuned."""

from __future__ import annotations

from dataclasses import dataclass

SANDBOX_GHL_TOKEN = "sandbox-ghl-token"  # noqa: S105  a public stand-in credential
SANDBOX_GHL_LOCATION = "sandbox-location"
SANDBOX_GHL_SECOND_LOCATION = "sandbox-location-2"
"""A second location of the same agency; empty."""
SANDBOX_GHL_COMPANY = "sandbox-company"
SANDBOX_GHL_CLIENT_ID = "sandboxapp-client"
SANDBOX_GHL_CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105  a public stand-in credential
SANDBOX_MAILERCLOUD_KEY = "sandbox-mailercloud-key"

SANDBOX_GHL_PATH = "/ghl"
SANDBOX_MAILERCLOUD_PATH = "/mailercloud"
SANDBOX_MAILERCLOUD_EMAIL_PATH = "/mailercloud-email"

SANDBOX_GHL_USER = "sandboxUserMaya000001"
SANDBOX_GHL_CALENDAR = "sandboxCalendarIntro1"
SANDBOX_MAILERCLOUD_LIST = "sbWelc"
SANDBOX_MAILERCLOUD_NOTES_PROPERTY = "sbNote"
SANDBOX_MAILERCLOUD_APPOINTMENT_PROPERTY = "sbAppt"
SANDBOX_MAILERCLOUD_WEBHOOK = "sandbox-webhook"
SANDBOX_SENDER_EMAIL = "hello@example.com"
SANDBOX_SENDER_NAME = "Harbor Studio"
SANDBOX_TAGS = ("new lead", "welcome", "customer", "newsletter", "clicked", "unsubscribed")

GHL = "gohighlevel"
MAILERCLOUD = "mailercloud"
VENDORS = (GHL, MAILERCLOUD)


@dataclass(frozen=True)
class Limit:
    """`requests` allowed within any span of `seconds`."""

    requests: int
    seconds: float


@dataclass(frozen=True)
class SandboxSettings:
    """Everything that may differ from the vendors' own values; the defaults are the vendors' values.

    Times are seconds. `hooks` are (vendor, url) pairs registered from the start.
    """

    ghl_token: str = SANDBOX_GHL_TOKEN
    ghl_location: str = SANDBOX_GHL_LOCATION
    ghl_token_seconds: int = 86_399
    """How long an OAuth access token lives."""
    mailercloud_key: str = SANDBOX_MAILERCLOUD_KEY
    signing_key: bytes | None = None
    """Seed (32 bytes) of another Ed25519 signing key than the documented one."""
    ghl_burst: Limit = Limit(100, 10)
    ghl_daily: Limit = Limit(200_000, 86_400)
    mailercloud_rate: Limit = Limit(50, 1)
    ghl_redeliveries: int = 6
    ghl_redelivery_seconds: float = 600
    mailercloud_redeliveries: int = 3
    mailercloud_redelivery_seconds: float = 10
    delivery_timeout: float = 15
    deliveries_at_once: int = 32
    hang_seconds: float = 90
    """How long a request under a timeout fault stays unanswered when the client does not give up first."""
    history: int = 5_000
    """How many deliveries and requests are remembered."""
    hooks: tuple[tuple[str, str], ...] = ()
