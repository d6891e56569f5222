"""RFC 7636: proof key for code exchange, S256 only."""

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256

METHOD = "S256"
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


def is_well_formed(value: str) -> bool:
    """§4.1, §4.2: 43 to 128 unreserved characters, of a verifier and of a challenge."""
    return _UNRESERVED.fullmatch(value) is not None


def challenge_of(verifier: str) -> str:
    """§4.2: BASE64URL(SHA256(verifier))."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def proves(verifier: str, challenge: str) -> bool:
    """§4.6; a code without a challenge is proved by no verifier (RFC 9700 §4.8.2)."""
    if not challenge or not is_well_formed(verifier):
        return False
    return hmac.compare_digest(challenge_of(verifier), challenge)
