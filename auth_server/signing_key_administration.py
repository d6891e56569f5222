"""Signing keys as an administrator sees them: which signs, which comes next, which are only published still."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import SigningKey
from auth_server.signing_keys import published_rows, published_until, rotation_due_at, rotation_possible_at


class KeyState(StrEnum):
    """What a key is for now."""

    ACTIVE = "active"
    NEXT = "next"
    RETIRED = "retired"
    """It signs no more, and is published until the last token it signed is dead."""


class UnknownSigningKeyError(LookupError):
    """No key with this `kid` is published."""


class NotRetiredError(Exception):
    """A key that signs, or will sign, cannot be taken away: rotate first."""


@dataclass(frozen=True)
class ListedKey:
    """One published key; `published_until` is None for one that is not retired."""

    kid: str
    state: KeyState
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    published_until: datetime | None

    @property
    def short(self) -> str:
        """Enough of its name to tell it from the others."""
        return self.kid[:8]


@dataclass(frozen=True)
class SigningKeys:
    """Every published key, and when the next may and should take over; `due_at` is None where nothing is scheduled."""

    keys: tuple[ListedKey, ...]
    possible_at: datetime
    due_at: datetime | None


def signing_keys(session: Session, days: int) -> SigningKeys:
    """As they are now; `days` is how long a key is to sign."""
    rows = published_rows(session)
    following = next(row for row in rows if _state(row) is KeyState.NEXT)
    listed = sorted((_listed(row) for row in rows), key=lambda key: list(KeyState).index(key.state))
    return SigningKeys(tuple(listed), rotation_possible_at(following), rotation_due_at(session, days))


def find_signing_key(session: Session, kid: str) -> ListedKey:
    """The published key of that `kid`. Raises UnknownSigningKeyError."""
    row = next((row for row in published_rows(session) if row.kid == kid), None)
    if row is None:
        raise UnknownSigningKeyError
    return _listed(row)


def retire_at_once(session: Session, kid: str, *, by: str | None = None) -> ListedKey:
    """Takes a retired key out of the published set: what it signed counts nowhere any more, within five minutes.

    Raises UnknownSigningKeyError and NotRetiredError.
    """
    key = find_signing_key(session, kid)
    if key.state is not KeyState.RETIRED:
        raise NotRetiredError
    session.delete(session.get_one(SigningKey, kid))
    record(session, AuditKind.SIGNING_KEY_RETIRED, by=by, kid=kid)
    return key


def _listed(row: SigningKey) -> ListedKey:
    return ListedKey(row.kid, _state(row), row.created_at, row.activated_at, row.retired_at, published_until(row))


def _state(row: SigningKey) -> KeyState:
    if row.retired_at is not None:
        return KeyState.RETIRED
    return KeyState.ACTIVE if row.activated_at is not None else KeyState.NEXT
