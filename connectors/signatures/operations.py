"""Signatures with a shared key (HMAC)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Any

from connectors._kit.context import Context

Input = Mapping[str, Any]
Output = dict[str, Any]


def sign(input: Input, context: Context) -> Output:
    made = _signature(input, context)
    return {"result": base64.b64encode(made).decode() if input.get("encoding") == "base64" else made.hex()}


def check(input: Input, context: Context) -> Output:
    """Takes as long for a nearly right signature as for any other."""
    right, given = _signature(input, context), input["signature"].strip()
    name, mark, rest = given.partition("=")
    given = rest if mark and rest.strip("=") and name.lower() in ("sha1", "sha256", "sha512") else given
    candidates = (right.hex(), base64.b64encode(right).decode(), base64.urlsafe_b64encode(right).decode())
    lowered = given.lower() if len(given) == len(right) * 2 else given
    return {"valid": any(hmac.compare_digest(one.encode(), lowered.encode()) for one in candidates)}


def _signature(input: Input, context: Context) -> bytes:
    assert context.credentials is not None  # noqa: S101  there is no other way to log in
    return hmac.digest(
        context.credentials.values["key"].encode(), input["text"].encode(), input.get("method") or "sha256"
    )
