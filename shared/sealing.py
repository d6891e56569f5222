"""Authenticated encryption of small values at rest (AES-256-GCM, NIST SP 800-38D)."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class SealBrokenError(ValueError):
    """The value was sealed with another key, for another purpose, or was changed."""


def seal(key: bytes, plain: bytes, purpose: str) -> bytes:
    """Nonce and ciphertext of `plain`; `purpose` is bound in and must be named again to open it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, purpose.encode())


def unseal(key: bytes, sealed: bytes, purpose: str) -> bytes:
    """What `seal` was given. Raises SealBrokenError."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
    except (InvalidTag, ValueError) as cause:
        raise SealBrokenError(f"cannot open the sealed {purpose}") from cause
