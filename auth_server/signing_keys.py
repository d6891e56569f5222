"""Signing keys (ES256): published before they sign, and until the last token they signed is dead (RFC 7517)."""

import json
from datetime import timedelta
from typing import Any

from joserfc.jwk import ECKey
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from auth_server.audit import AuditKind, record
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
    """The next key has not been published as long as caches may keep a set without it."""


def ensure_signing_keys(session: Session, sealing_key: bytes) -> None:
    """At the first start: one key that signs, and the next one, published already."""
    if session.exec(_active()).first() is None:
        session.add(_new_key(sealing_key, is_active=True))
    if session.exec(_next()).first() is None:
        session.add(_new_key(sealing_key, is_active=False))


def active_key(session: Session, sealing_key: bytes) -> ECKey:
    """The private key that signs now; its `kid` is part of it. Raises SealBrokenError under another master key."""
    row = session.exec(_active()).one()
    return ECKey.import_key(json.loads(unseal(sealing_key, row.sealed_private_key, _SEALED_FOR)))


def published_keys(session: Session) -> list[dict[str, Any]]:
    """The public members of every key that signs, will sign, or signed a token that may still live."""
    last_token_dead = now() - LONGEST_ACCESS_TOKEN - CLOCK_SKEW
    rows = session.exec(
        select(SigningKey)
        .where(col(SigningKey.retired_at).is_(None) | (col(SigningKey.retired_at) > last_token_dead))
        .order_by(col(SigningKey.created_at), col(SigningKey.kid))
    )
    return [row.public_jwk for row in rows]


def rotate(session: Session, sealing_key: bytes) -> str:
    """The next key signs from now on and another becomes next; gives the new `kid`. Raises RotationTooSoonError."""
    retiring, following = session.exec(_active()).one(), session.exec(_next()).one()
    if now() < following.created_at + timedelta(seconds=CACHE_SECONDS):
        raise RotationTooSoonError
    retiring.retired_at = following.activated_at = now()
    session.add_all([retiring, following, _new_key(sealing_key, is_active=False)])
    record(session, AuditKind.SIGNING_KEY_ROTATED, kid=following.kid)
    return following.kid


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
