"""Stand-ins for GoHighLevel and Mailercloud on real HTTP, for trying things out and for tests."""

from web.sandbox.app import create_sandbox
from web.sandbox.settings import (
    SANDBOX_GHL_CALENDAR,
    SANDBOX_GHL_LOCATION,
    SANDBOX_GHL_PATH,
    SANDBOX_GHL_TOKEN,
    SANDBOX_GHL_USER,
    SANDBOX_MAILERCLOUD_APPOINTMENT_PROPERTY,
    SANDBOX_MAILERCLOUD_EMAIL_PATH,
    SANDBOX_MAILERCLOUD_KEY,
    SANDBOX_MAILERCLOUD_LIST,
    SANDBOX_MAILERCLOUD_NOTES_PROPERTY,
    SANDBOX_MAILERCLOUD_PATH,
    SANDBOX_MAILERCLOUD_WEBHOOK,
    SANDBOX_SENDER_EMAIL,
    SANDBOX_SENDER_NAME,
    SANDBOX_TAGS,
    Limit,
    SandboxSettings,
)
from web.sandbox.signing import sandbox_public_key
from web.sandbox.state import Sandbox

__all__ = [
    "SANDBOX_GHL_CALENDAR",
    "SANDBOX_GHL_LOCATION",
    "SANDBOX_GHL_PATH",
    "SANDBOX_GHL_TOKEN",
    "SANDBOX_GHL_USER",
    "SANDBOX_MAILERCLOUD_APPOINTMENT_PROPERTY",
    "SANDBOX_MAILERCLOUD_EMAIL_PATH",
    "SANDBOX_MAILERCLOUD_KEY",
    "SANDBOX_MAILERCLOUD_LIST",
    "SANDBOX_MAILERCLOUD_NOTES_PROPERTY",
    "SANDBOX_MAILERCLOUD_PATH",
    "SANDBOX_MAILERCLOUD_WEBHOOK",
    "SANDBOX_SENDER_EMAIL",
    "SANDBOX_SENDER_NAME",
    "SANDBOX_TAGS",
    "Limit",
    "Sandbox",
    "SandboxSettings",
    "create_sandbox",
    "sandbox_public_key",
]
