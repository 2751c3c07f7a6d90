"""GoHighLevel's webhook signature: Ed25519 over the raw body, base64, with the sandbox's own key."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SIGNATURE_HEADER = "X-GHL-Signature"


class Signer:
    """Signs bodies with one key. Without a seed it is the documented sandbox key, the same in every process:
    a connection that carries its public key keeps working after a restart."""

    def __init__(self, seed: bytes | None = None) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed or _documented_seed())
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public_key = base64.b64encode(der).decode()

    def sign(self, body: bytes) -> str:
        return base64.b64encode(self._key.sign(body)).decode()


def _documented_seed() -> bytes:
    return hashlib.sha256(b"stepline sandbox: GoHighLevel webhook signature").digest()


def sandbox_public_key() -> str:
    """The documented key's public half as base64 DER: the value of a connection's `webhook_public_key`."""
    return Signer().public_key
