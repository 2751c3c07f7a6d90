"""Ids that look like the vendors': short, opaque, alphanumeric."""

from __future__ import annotations

import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def ghl_id() -> str:
    return opaque(20)


def mailercloud_id() -> str:
    return opaque(6)


def opaque(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
