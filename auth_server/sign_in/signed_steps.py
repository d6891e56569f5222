"""What stands between the right password and the code: signed by us, bound to the browser, good for ten minutes."""

import hashlib
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

from auth_server.models import User
from shared.secrets import digest, new_secret

LIFETIME = 10 * 60


class StepOverError(Exception):
    """The step is changed, too old, another browser's, taken already, or its password is no longer the account's."""


@dataclass(frozen=True)
class PasswordGiven:
    """Whose password was right in this browser, and where they were going."""

    nonce: str
    user_id: str
    password_mark: str
    target: str


class SecondSteps:
    """Signs and opens the address of the second page."""

    def __init__(self, key: bytes) -> None:
        self._serializer = URLSafeTimedSerializer(
            [key], salt="second step", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def begin(self, user: User, target: str, form_secret: str) -> str:
        """For the browser that sent the right password; worth nothing in another, nor without a code."""
        given = [digest(form_secret), new_secret("2s"), user.id, password_mark(user), target]
        return str(self._serializer.dumps(given))

    def open(self, signed: str, form_secret: str) -> PasswordGiven:
        """Raises StepOverError."""
        try:
            binding, *given = self._serializer.loads(signed, max_age=LIFETIME)
        except (BadData, ValueError) as cause:
            raise StepOverError from cause
        if not form_secret or binding != digest(form_secret):
            raise StepOverError
        return PasswordGiven(*given)


def password_mark(user: User) -> str:
    """Changes with the password."""
    return digest(user.password_hash)[:16]
