"""Proofs that a webhook's raw bytes come from where they claim to come from."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as Base64Error

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from connectors._kit.errors import WebhookRefused

PublicKey = Ed25519PublicKey | RSAPublicKey


def load_key(text: str) -> PublicKey:
    """A public key from PEM, from base64 of its DER form, or (Ed25519) from base64 of its 32 bytes.

    Raises WebhookRefused when it is none of these: nothing can be verified then.
    """
    try:
        if "-----BEGIN" in text:
            key = load_pem_public_key(text.strip().encode())
        else:
            raw = b64decode("".join(text.split()), validate=True)
            key = Ed25519PublicKey.from_public_bytes(raw) if len(raw) == 32 else load_der_public_key(raw)
    except (ValueError, Base64Error) as error:
        raise WebhookRefused(f"The connection's webhook key cannot be read: {error}") from None
    if not isinstance(key, Ed25519PublicKey | RSAPublicKey):
        raise WebhookRefused("The connection's webhook key is neither an Ed25519 nor an RSA key.")
    return key


def verify_ed25519(key: PublicKey, signature: str, raw: bytes) -> None:
    """Raises WebhookRefused unless `signature` (base64) fits."""
    if not isinstance(key, Ed25519PublicKey):
        raise WebhookRefused("The connection's webhook key is not an Ed25519 key.")
    try:
        key.verify(_decoded(signature), raw)
    except InvalidSignature:
        raise WebhookRefused("The signature does not fit the body.") from None


def verify_rsa_sha256(key: PublicKey, signature: str, raw: bytes) -> None:
    """Raises WebhookRefused unless `signature` (base64, PKCS #1 v1.5) fits."""
    if not isinstance(key, RSAPublicKey):
        raise WebhookRefused("The connection's webhook key is not an RSA key.")
    try:
        key.verify(_decoded(signature), raw, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise WebhookRefused("The signature does not fit the body.") from None


def verify_hmac_sha256(secret: str, signature: str, raw: bytes, *, encoding: str, prefix: str) -> None:
    """Raises WebhookRefused unless `signature` (hex, base64 or `any` of them, behind `prefix`) fits."""
    mac = hmac.new(secret.encode(), raw, hashlib.sha256).digest()
    given = signature.strip().removeprefix(prefix)
    is_hex = encoding == "hex" or (encoding == "any" and len(given) == 2 * len(mac))
    try:
        claimed = bytes.fromhex(given) if is_hex else b64decode(given, validate=True)
    except (ValueError, Base64Error):
        raise WebhookRefused("The signature cannot be read.") from None
    if not hmac.compare_digest(mac, claimed):
        raise WebhookRefused("The signature does not fit the body.")


def verify_equal(expected: str, given: str) -> None:
    """Raises WebhookRefused unless both are the same; takes the same time wherever they differ."""
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise WebhookRefused("The webhook does not name the id or secret of this connection.")


def _decoded(signature: str) -> bytes:
    try:
        return b64decode(signature.strip(), validate=True)
    except (ValueError, Base64Error):
        raise WebhookRefused("The signature cannot be read.") from None
