"""OpenID Connect Core §2: id_tokens, which tell a client who signed in; no endpoint takes one for an access token."""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlmodel import Session

from auth_server.models import AuthorizationCode, Grant, User
from auth_server.oauth.openid_claims import claims_about
from auth_server.services import Services
from auth_server.signing_keys import ALGORITHM, active_key, published_keys
from shared.clock import epoch, now

TYPE = "JWT"
CLAIMS = ("iss", "sub", "aud", "azp", "iat", "exp", "auth_time", "nonce", "amr", "at_hash")
"""What an id_token says beside the claims about the person, for the metadata."""
MAX_LENGTH = 8192


@dataclass(frozen=True)
class Authentication:
    """What a code remembers of the sign-in behind it, and the nonce of the request."""

    nonce: str | None = None
    authenticated_at: datetime | None = None
    methods: str = ""


@dataclass(frozen=True)
class IdTokenHint:
    """Whom an id_token of ours was about, and for which client it was made."""

    subject: str
    client_id: str


def issue_id_token(
    session: Session, services: Services, grant: Grant, code: AuthorizationCode, access_token: str
) -> str:
    """The id_token beside `access_token`; whoever holds another access token sees by at_hash that it is not theirs."""
    issued_at = epoch(now())
    claims: dict[str, Any] = {
        **claims_about(session.get_one(User, grant.user_id), grant.scopes),
        "iss": services.settings.issuer,
        "aud": grant.client_id,
        "azp": grant.client_id,
        "iat": issued_at,
        "exp": issued_at + services.settings.access_token_lifetime,
        "auth_time": epoch(code.authenticated_at) if code.authenticated_at is not None else None,
        "nonce": code.nonce,
        "amr": code.methods.split() or None,
        "at_hash": access_token_hash(access_token),
    }
    key = active_key(session, services.signing_seal)
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}
    said = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(header, said, key, algorithms=[ALGORITHM])


def access_token_hash(access_token: str) -> str:
    """§3.1.3.6: the left half of its SHA-256, as base64url."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return urlsafe_b64encode(half).rstrip(b"=").decode()


def read_hint(session: Session, services: Services, token: str | None) -> IdTokenHint | None:
    """What an id_token_hint says, expired or not; None for one that our present keys did not sign."""
    if not token or len(token) > MAX_LENGTH:
        return None
    keys = KeySet.import_key_set({"keys": published_keys(session)})
    try:
        decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, RecursionError):
        return None
    claims, header = decoded.claims, decoded.header
    subject, audience = claims.get("sub"), claims.get("aud")
    is_ours = header.get("typ") == TYPE and "kid" in header and claims.get("iss") == services.settings.issuer
    if not is_ours or not isinstance(subject, str) or not isinstance(audience, str):
        return None
    return IdTokenHint(subject, audience)
