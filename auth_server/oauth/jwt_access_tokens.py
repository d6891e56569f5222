"""RFC 9068: access tokens as JSON web tokens, signed ES256, verified offline by the resource server."""

import secrets
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from sqlmodel import Session

from auth_server.models import Grant
from auth_server.services import Services
from auth_server.settings import Settings
from auth_server.signing_keys import ALGORITHM, active_key, published_keys
from shared.clock import epoch, now
from shared.scopes import Scope

TYPE = "at+jwt"
CLAIMS = ("iss", "sub", "aud", "client_id", "scope", "iat", "exp", "jti", "grant_id", "grant_rev")


@dataclass(frozen=True)
class AccessToken:
    """A signed token and the seconds it is good for."""

    value: str
    expires_in: int

    def __repr__(self) -> str:
        return f"AccessToken(expires_in={self.expires_in})"


def issue_access_token(session: Session, services: Services, grant: Grant, scopes: tuple[Scope, ...]) -> AccessToken:
    """§2.2: a token of `grant`, signed with the key that signs now."""
    return sign_access_token(services.settings, active_key(session, services.signing_seal), grant, scopes)


def sign_access_token(settings: Settings, key: ECKey, grant: Grant, scopes: tuple[Scope, ...]) -> AccessToken:
    """§2.2: a token of `grant`, never living longer than it does."""
    issued_at = epoch(now())
    expires_at = min(issued_at + settings.access_token_lifetime, epoch(grant.expires_at))
    claims: dict[str, Any] = {
        "iss": settings.issuer,
        "sub": grant.subject,
        "aud": grant.resource,
        "client_id": grant.client_id,
        "scope": grant.scope_of(scopes),
        "iat": issued_at,
        "exp": expires_at,
        "jti": secrets.token_urlsafe(16),
        "grant_id": grant.id,
        "grant_rev": grant.revision,
    }
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}
    return AccessToken(jwt.encode(header, claims, key, algorithms=[ALGORITHM]), expires_at - issued_at)


def read_access_token(session: Session, services: Services, token: str) -> dict[str, Any] | None:
    """The claims of a token this server signed and that has not expired, else None (§4)."""
    keys = KeySet.import_key_set({"keys": published_keys(session)})
    try:
        decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, RecursionError):
        return None
    claims = decoded.claims
    if decoded.header.get("typ") != TYPE or "kid" not in decoded.header or any(name not in claims for name in CLAIMS):
        return None
    is_alive = isinstance(claims["exp"], int) and epoch(now()) < claims["exp"]
    return claims if is_alive and claims["iss"] == services.settings.issuer else None
