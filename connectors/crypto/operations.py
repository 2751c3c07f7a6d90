"""Fingerprints, IDs, codes and Base64."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import string
import uuid
from collections.abc import Mapping
from typing import Any

import uuid_utils

from connectors._kit.errors import UnusableValue
from connectors._kit.values import shown

Input = Mapping[str, Any]
Output = dict[str, Any]

_ALPHABETS = {
    "readable": "ABCDEFGHJKLMNPQRSTUVWXYZ23456789",
    "letters_and_digits": string.ascii_letters + string.digits,
    "digits": string.digits,
    "letters": string.ascii_uppercase,
    "hex": "0123456789abcdef",
}


def hash_text(input: Input) -> Output:
    digest = hashlib.new(input.get("method") or "sha256", input["text"].encode(), usedforsecurity=False).digest()
    written = base64.b64encode(digest).decode() if input.get("encoding") == "base64" else digest.hex()
    return {"result": written}


def make_uuid(input: Input) -> Output:
    made = uuid_utils.uuid7() if input.get("style") == "by_time" else uuid.uuid4()
    return {"result": str(made)}


def make_code(input: Input) -> Output:
    alphabet = _ALPHABETS[input.get("characters") or "readable"]
    code = "".join(secrets.choice(alphabet) for _ in range(input.get("length", 10)))
    group = input.get("group")
    if group:
        code = "-".join(code[start : start + group] for start in range(0, len(code), group))
    return {"result": f"{input.get('prefix') or ''}{code}"}


def encode(input: Input) -> Output:
    raw = input["text"].encode()
    if input.get("for_urls"):
        return {"result": base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    return {"result": base64.b64encode(raw).decode()}


def decode(input: Input) -> Output:
    text = "".join(input["text"].split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise UnusableValue(f"{shown(input['text'])} is not Base64.") from None
    try:
        return {"result": raw.decode()}
    except UnicodeDecodeError:
        raise UnusableValue("There is no text in this Base64, but something else, such as a picture.") from None
