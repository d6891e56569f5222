"""RFC 7523 §3 as tightened by OAuth 2.1 §2.4: a client proves who it is with a JWT that it signed (private_key_jwt)."""

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jws import JWSRegistry
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete

from auth_server.models import SpentAssertion
from auth_server.oauth.client_keys import ClientKey, chosen_key
from shared.clock import epoch, now
from shared.secrets import digest

METHOD = "private_key_jwt"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPES = (None, "JWT", "jwt", "client-authentication+jwt")
"""What `typ` may say; an access token or an ID token says something else (RFC 8725 §3.11)."""
LONGEST = 5 * 60
SKEW = 60
MAX_LENGTH = 8 * 1024
MAX_JTI_LENGTH = 256


class RefusedAssertionError(Exception):
    """The assertion proves nothing; `str()` is a sentence for whoever develops the client."""


@dataclass(frozen=True)
class Claimed:
    """What an assertion says before anything of it is believed."""

    subject: str | None
    kid: str | None


def claimed_by(assertion: str) -> Claimed:
    """For finding the client and its key; an assertion that cannot be read claims nothing."""
    header, _, rest = assertion.partition(".")
    subject, kid = _decoded(rest.partition(".")[0]).get("sub"), _decoded(header).get("kid")
    return Claimed(subject if isinstance(subject, str) else None, kid if isinstance(kid, str) else None)


def spend_assertion(
    session: Session, assertion: str, *, client_id: str, issuer: str, keys: tuple[ClientKey, ...]
) -> None:
    """§3: signed by a key of the client, about itself, for this server alone, now, and for the first time.

    Raises RefusedAssertionError.
    """
    claims = _verified(assertion, keys)
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise RefusedAssertionError("Its iss and sub must both be the client_id.")
    if not _is_for(claims.get("aud"), issuer):
        raise RefusedAssertionError(f"Its aud must be the issuer, {issuer}, and nothing else.")
    expires_at = _checked_times(claims)
    _spend_jti(session, client_id, claims.get("jti"), expires_at)


def _is_for(audience: object, issuer: str) -> bool:
    """OAuth 2.1 §2.4: the issuer. ChatGPT signs for the token endpoint, as RFC 7523 §3 has it; one of them alone."""
    names = (issuer, f"{issuer}/token")
    return audience in names or audience in [[name] for name in names]


class _Registry(JWSRegistry):
    """§4.1.1: headers nobody knows are ignored unless `crit` names them; which algorithms are sound we decided."""

    def get_alg(self, name: str) -> JWSAlgModel:
        """The library's own model, without its advice to the sender about newer names (RFC 9864)."""
        if self.allowed is None or name not in self.allowed:
            raise RefusedAssertionError("Its alg does not fit the key that the client published.")
        return self.algorithms[name]


def _verified(assertion: str, keys: tuple[ClientKey, ...]) -> dict[str, Any]:
    if len(assertion) > MAX_LENGTH:
        raise RefusedAssertionError(f"It is longer than {MAX_LENGTH} characters.")
    key = chosen_key(keys, claimed_by(assertion).kid)
    if key is None:
        raise RefusedAssertionError("Its kid names none of the keys that the client published.")
    registry = _Registry(algorithms=sorted(key.algorithms), strict_check_header=False)
    try:
        decoded = jwt.decode(assertion, key.key, algorithms=sorted(key.algorithms), registry=registry)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise RefusedAssertionError("Its signature is not that of the key.") from None
    if decoded.header.get("typ") not in TYPES:
        raise RefusedAssertionError("Its typ is that of another kind of token.")
    return decoded.claims


def _checked_times(claims: dict[str, Any]) -> datetime:
    """The end of its life: soon, so that the jti need not be remembered for long."""
    current = epoch(now())
    expires_at = _instant(claims, "exp")
    if expires_at is None or expires_at <= current - SKEW:
        raise RefusedAssertionError("It has expired, or has no exp.")
    if expires_at > current + LONGEST + SKEW:
        raise RefusedAssertionError("Its exp is more than five minutes ahead.")
    issued_at, not_before = _instant(claims, "iat"), _instant(claims, "nbf")
    if issued_at is not None and not current - 2 * LONGEST <= issued_at <= current + SKEW:
        raise RefusedAssertionError("Its iat is in the future or long ago.")
    if not_before is not None and not_before > current + SKEW:
        raise RefusedAssertionError("Its nbf is in the future.")
    # Rounded up: a fraction that the check above lets live must not be forgotten with the second it is in.
    return datetime.fromtimestamp(ceil(expires_at), UTC) + timedelta(seconds=SKEW)


def _instant(claims: dict[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519 §2); None if it is absent."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**11:
        raise RefusedAssertionError(f"Its {name} is not an instant.")
    return value


def _spend_jti(session: Session, client_id: str, jti: object, expires_at: datetime) -> None:
    """The database lets one of two equal assertions win, whichever process they reach."""
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI_LENGTH:
        raise RefusedAssertionError("It has no jti.")
    session.exec(delete(SpentAssertion).where(col(SpentAssertion.expires_at) <= now()))
    spent = SpentAssertion(digest=digest(json.dumps([client_id, jti])), expires_at=expires_at)
    try:
        with session.begin_nested():
            session.add(spent)
    except IntegrityError:
        raise RefusedAssertionError("It was used before.") from None


def _decoded(part: str) -> dict[str, Any]:
    try:
        decoded = json.loads(urlsafe_b64decode(f"{part}=="))
    except (ValueError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) else {}
