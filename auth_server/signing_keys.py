"""Signing keys (ES256): published before they sign, and until the last token they signed is dead (RFC 7517)."""

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from joserfc.jwk import ECKey
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import SigningKey
from shared.clock import now
from shared.sealing import seal, unseal

ALGORITHM = "ES256"
CACHE_SECONDS = 300
"""How long whoever fetched the key set may keep it."""
LONGEST_ACCESS_TOKEN = timedelta(seconds=900)
CLOCK_SKEW = timedelta(seconds=60)
_SEALED_FOR = "signing key"


class RotationTooSoonError(Exception):
    """The next key has not been published as long as caches may keep a set without it; `possible_at` it has."""

    def __init__(self, possible_at: datetime) -> None:
        super().__init__("the next key is too new")
        self.possible_at = possible_at


def ensure_signing_keys(session: Session, sealing_key: bytes) -> None:
    """At the first start: one key that signs, and the next one, published already."""
    if session.exec(_active()).first() is None:
        session.add(_new_key(sealing_key, is_active=True))
    if session.exec(_next()).first() is None:
        session.add(_new_key(sealing_key, is_active=False))


def active_key(session: Session, sealing_key: bytes) -> ECKey:
    """The private key that signs now; its `kid` is part of it. Raises SealBrokenError under another master key.

    Which one it is, the database says each time: another process may have rotated.
    """
    return _opened(sealing_key, session.exec(_active()).one().sealed_private_key)


def published_keys(session: Session) -> list[dict[str, Any]]:
    """The public members of every key that signs, will sign, or signed a token that may still live."""
    return [row.public_jwk for row in published_rows(session)]


def published_rows(session: Session) -> list[SigningKey]:
    """The same keys with their times, oldest first."""
    rows = session.exec(
        select(SigningKey)
        .where(col(SigningKey.retired_at).is_(None) | (col(SigningKey.retired_at) > now() - _afterlife()))
        .order_by(col(SigningKey.created_at), col(SigningKey.kid))
    )
    return list(rows)


def published_until(key: SigningKey) -> datetime | None:
    """When the last token of a key that signs no more is dead; None for one that signs or will."""
    return key.retired_at + _afterlife() if key.retired_at is not None else None


def rotate(session: Session, sealing_key: bytes, *, by: str | None = None) -> str:
    """The next key signs from now on and another becomes next; gives the new `kid`. Raises RotationTooSoonError.

    Of several processes that rotate at once, one does: the others find its new next key, which is too new for them.
    """
    retiring = session.exec(_active().with_for_update()).first()
    following = session.exec(_next()).one()
    if retiring is None or now() < rotation_possible_at(following):
        raise RotationTooSoonError(rotation_possible_at(following))
    retiring.retired_at = following.activated_at = now()
    session.add_all([retiring, following, _new_key(sealing_key, is_active=False)])
    record(session, AuditKind.SIGNING_KEY_ROTATED, by=by, kid=following.kid)
    return following.kid


def rotation_possible_at(following: SigningKey) -> datetime:
    """When everybody knows the key that comes next."""
    return following.created_at + timedelta(seconds=CACHE_SECONDS)


def rotation_due_at(session: Session, days: int) -> datetime | None:
    """When the key that signs now has signed for `days`; None where it may sign for ever (0)."""
    active = session.exec(_active()).first()
    return active.activated_at + timedelta(days=days) if days and active and active.activated_at else None


def rotate_when_due(session: Session, sealing_key: bytes, days: int) -> bool:
    """Rotates if the key that signs now has done so for `days`, and says whether it did."""
    due = rotation_due_at(session, days)
    if due is None or now() < due:
        return False
    try:
        rotate(session, sealing_key)
    except RotationTooSoonError:
        return False
    return True


def _afterlife() -> timedelta:
    return LONGEST_ACCESS_TOKEN + CLOCK_SKEW


@lru_cache(maxsize=8)
def _opened(sealing_key: bytes, sealed: bytes) -> ECKey:
    """Opening and parsing take longer than signing, and give the same for the same; what fails is not remembered."""
    return ECKey.import_key(json.loads(unseal(sealing_key, sealed, _SEALED_FOR)))


def _new_key(sealing_key: bytes, *, is_active: bool) -> SigningKey:
    key = ECKey.generate_key("P-256")
    kid = key.thumbprint()
    public = {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": ALGORITHM}
    private = json.dumps({**key.as_dict(private=True), "kid": kid})
    return SigningKey(
        kid=kid,
        public_jwk=public,
        sealed_private_key=seal(sealing_key, private.encode(), _SEALED_FOR),
        activated_at=now() if is_active else None,
    )


def _active() -> SelectOfScalar[SigningKey]:
    return select(SigningKey).where(col(SigningKey.activated_at).is_not(None), col(SigningKey.retired_at).is_(None))


def _next() -> SelectOfScalar[SigningKey]:
    return select(SigningKey).where(col(SigningKey.activated_at).is_(None), col(SigningKey.retired_at).is_(None))
