"""Secrets: made by a CSPRNG, stored as digests, compared in constant time."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode


def new_secret(prefix: str) -> str:
    """`prefix_` and 43 URL-safe characters that carry 256 random bits."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> str:
    """SHA-256 as 64 hexadecimal characters; enough for secrets of full entropy, never for passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, stored_digest: str) -> bool:
    """Whether `secret` has the stored digest, compared in constant time."""
    return hmac.compare_digest(digest(secret), stored_digest)


def derived_secret(prefix: str, key: bytes, message: str) -> str:
    """The one secret that `key` makes of `message` (HMAC-SHA-256), in the form `new_secret` gives."""
    mac = hmac.new(key, message.encode(), hashlib.sha256).digest()
    return f"{prefix}_{urlsafe_b64encode(mac).rstrip(b'=').decode()}"
