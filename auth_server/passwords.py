"""Passwords: argon2id with explicit parameters (RFC 9106), one verification an attempt, no more at once than cores."""

import os
import unicodedata
from dataclasses import dataclass
from functools import cache
from threading import BoundedSemaphore, Lock

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from shared.secrets import new_secret

MAX_BYTES = 1024
WAITING_PER_CORE = 4
MOST_AT_ONCE = 24
"""Running and waiting sign-ins together; routes have 40 threads, and the other pages need some of them."""
RETRY_AFTER_SECONDS = 5

_HASHER = PasswordHasher(
    time_cost=2, memory_cost=64 * 1024, parallelism=1, hash_len=32, salt_len=16, encoding="utf-8", type=Type.ID
)


class PasswordTooLongError(ValueError):
    """The password has more than 1,024 bytes and is not hashed at all."""


class PasswordQueueFullError(Exception):
    """So many sign-ins wait for a core that another would only wait in vain: 503, try again later."""


@dataclass(frozen=True)
class Verification:
    """What one verification found; `needs_rehash` is said of a matching password alone."""

    is_correct: bool
    needs_rehash: bool = False


def hash_password(password: str) -> str:
    """The encoded argon2id hash. Raises PasswordTooLongError."""
    return _HASHER.hash(_as_bytes(password))


class PasswordVerifier:
    """Verifies with at most `cores` hashes running and a bounded number of threads waiting.

    `verifications` counts the argon2 runs since the start, whoever asked for them.
    """

    def __init__(self, cores: int | None = None) -> None:
        running = min(cores or os.cpu_count() or 1, MOST_AT_ONCE)
        self.verifications = 0
        self._counting = Lock()
        self._running = BoundedSemaphore(running)
        self._present = BoundedSemaphore(min(running + running * WAITING_PER_CORE, MOST_AT_ONCE))

    def verify(self, stored_hash: str | None, password: str) -> Verification:
        """Exactly one argon2 verification, also when there is no such person (`stored_hash` is None).

        Raises PasswordTooLongError before hashing, and PasswordQueueFullError without waiting.
        """
        given = _as_bytes(password)
        if not self._present.acquire(blocking=False):
            raise PasswordQueueFullError
        try:
            with self._running:
                return self._verify_now(stored_hash, given)
        finally:
            self._present.release()

    def _verify_now(self, stored_hash: str | None, given: bytes) -> Verification:
        with self._counting:
            self.verifications += 1
        try:
            _HASHER.verify(stored_hash or _hash_of_nobody(), given)
        except (VerificationError, InvalidHashError):
            return Verification(is_correct=False)
        if stored_hash is None:
            return Verification(is_correct=False)
        return Verification(is_correct=True, needs_rehash=_HASHER.check_needs_rehash(stored_hash))


@cache
def _hash_of_nobody() -> str:
    """A hash with today's parameters that no password opens, so that unknown people cost what known ones do."""
    return hash_password(new_secret("nobody"))


def _as_bytes(password: str) -> bytes:
    """The same bytes whichever keyboard composed the accents (RFC 8265 §4.2 asks for one normal form)."""
    given = unicodedata.normalize("NFC", password).encode(errors="replace")
    if len(given) > MAX_BYTES:
        raise PasswordTooLongError
    return given
