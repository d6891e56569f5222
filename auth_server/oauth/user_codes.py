"""RFC 8628 §6.1: codes that people type: eight consonants, so that none is a word, shown as WDJB-MJHT."""

import secrets

from auth_server.services import Services
from shared.secrets import derived_secret

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
"""§5.1: 20^8 codes, good for a quarter of an hour; attempts are limited, so nobody meets one by guessing."""
MAX_TYPED = 64


def new_user_code() -> str:
    """A code as it is shown."""
    return shown("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def shown(code: str) -> str:
    """In two halves."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def as_shown(typed: str) -> str | None:
    """The code that somebody typed, whatever the case and whatever stands between its letters; None if it is none."""
    letters = "".join(char for char in typed[:MAX_TYPED].upper() if char.isalnum())
    return shown(letters) if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else None


def user_code_digest(services: Services, code: str) -> str:
    """What is kept of a code: it is short, so its digest has a key that the database does not hold."""
    return derived_secret("uc", services.master_key.derive("auth user codes"), code)
