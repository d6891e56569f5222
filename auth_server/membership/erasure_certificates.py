"""The certificate of an erasure: what was destroyed and when, signed (RFC 7515), checked without trusting the file."""

import json
from base64 import urlsafe_b64decode
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlmodel import Session

from auth_server.models import Erasure, SigningKey
from auth_server.settings import Settings
from auth_server.signing_keys import ALGORITHM, active_key
from shared.clock import epoch

TYPE = "erasure+jwt"
LABELS = {
    "vault": "Memories",
    "destroyed_at": "Destroyed",
    "bytes_destroyed": "Bytes",
    "sessions_ended": "Sessions ended",
    "vault_key_made_at": "Key made",
    "vault_key_sha256": "Sealed key, SHA-256",
    "master_key_id": "Sealed by",
}
"""What pages call the facts, in their order."""


class CertificateBrokenError(ValueError):
    """The file is no certificate of this installation; the text says why."""


def certificate(session: Session, settings: Settings, signing_seal: bytes, erasure: Erasure) -> dict[str, Any]:
    """`certificate` for people, and `jws`, the same signed with the server's key (RFC 7515 §3.1)."""
    key = active_key(session, signing_seal)
    said = statement(settings, erasure)
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}
    return {"certificate": said, "jws": jwt.encode(header, said, key, algorithms=[ALGORITHM])}


def statement(settings: Settings, erasure: Erasure) -> dict[str, Any]:
    """What the certificate says. `acknowledged_at` is when the resource server reported the destruction."""
    acknowledged = erasure.acknowledged_at or erasure.requested_at
    return {
        "iss": settings.issuer,
        "iat": epoch(acknowledged),
        "erasure": erasure.id,
        "account": erasure.user_id,
        "requested_at": erasure.requested_at.isoformat(),
        "acknowledged_at": acknowledged.isoformat(),
        "destroyed": dict(erasure.facts),
    }


def labelled(facts: dict[str, str | int]) -> list[tuple[str, str | int]]:
    """The facts as pages show them; one without a label of ours goes by its name."""
    known = [(label, facts[name]) for name, label in LABELS.items() if name in facts]
    return known + [(name.replace("_", " "), value) for name, value in facts.items() if name not in LABELS]


def verify_certificate(session: Session, file: bytes) -> dict[str, Any]:
    """What a genuine certificate says; keys that no longer sign count too. Raises CertificateBrokenError."""
    try:
        document = json.loads(file)
        jws, shown = document["jws"], document["certificate"]
        kid = json.loads(_decoded(jws.split(".")[0]))["kid"]
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise CertificateBrokenError("This is not a certificate of an erasure.") from cause
    row = session.get(SigningKey, kid) if isinstance(kid, str) else None
    if row is None:
        raise CertificateBrokenError("It was signed by a key that is not this installation's.")
    try:
        token = jwt.decode(jws, ECKey.import_key(row.public_jwk), algorithms=[ALGORITHM])
    except (JoseError, ValueError) as cause:
        raise CertificateBrokenError("Its signature is wrong: somebody changed it.") from cause
    if token.header.get("typ") != TYPE or token.claims != shown:
        raise CertificateBrokenError("What it shows is not what was signed.")
    return dict(token.claims)


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
