"""Random tokens. Whoever holds one is believed, so only its hash is ever stored."""

from __future__ import annotations

import hashlib
import secrets


def new_token(prefix: str = "") -> str:
    """256 random bits, safe in URLs and headers."""
    return prefix + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """64 hex digits. A plain hash is enough: nobody can guess 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
