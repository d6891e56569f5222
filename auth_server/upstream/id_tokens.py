"""OpenID Connect Core §3.1.3.7: whether an id_token is the provider's, for us, of now, and of this very sign-in."""

import hmac
import re
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from auth_server.upstream.documents import TENANT, Endpoints, ProviderDocuments
from auth_server.upstream.errors import UntrueAnswerError
from auth_server.upstream.identities import MAX_SUBJECT_LENGTH
from auth_server.upstream.providers import Provider
from shared.clock import epoch, now

ALGORITHMS = ["ES256", "RS256", "PS256"]
"""Signatures with a key that only the provider has; `none` and HS256 are not among them (RFC 8725 §3.1)."""
CLOCK_SKEW = 60
MAX_LENGTH = 16 * 1024
_TENANT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def verified_claims(documents: ProviderDocuments, provider: Provider, token: object, nonce: str) -> dict[str, Any]:
    """The claims of a token that holds. Raises UpstreamError."""
    if not isinstance(token, str) or len(token) > MAX_LENGTH:
        raise UntrueAnswerError(f"{provider.id} sent no id_token")
    endpoints = documents.endpoints(provider)
    claims = _signed_claims(documents, provider, token)
    problem = _problem(claims, endpoints, provider, nonce)
    if problem:
        raise UntrueAnswerError(f"the id_token of {provider.id} {problem}")
    return claims


def _signed_claims(documents: ProviderDocuments, provider: Provider, token: str) -> dict[str, Any]:
    """By a key the provider publishes; keys it has just added are looked up once more."""
    try:
        try:
            return _decode(token, documents.keys(provider))
        except (InvalidKeyIdError, ValueError):
            return _decode(token, documents.keys(provider, anew=True))
    except (JoseError, ValueError, TypeError, RecursionError) as cause:
        raise UntrueAnswerError(f"the id_token of {provider.id} is not signed by it: {type(cause).__name__}") from cause


def _decode(token: str, keys: KeySet) -> dict[str, Any]:
    return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)


def _problem(claims: dict[str, Any], endpoints: Endpoints, provider: Provider, nonce: str) -> str:
    """What is wrong, or nothing; in the order of §3.1.3.7."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != _issuer_for(claims, endpoints):
        return "is of another issuer"
    if provider.client_id not in audiences or claims.get("azp", provider.client_id) != provider.client_id:
        return "is for somebody else"
    if len(audiences) > 1 and "azp" not in claims:
        return "is for several and does not say for whom"
    if epoch(now()) >= _instant(claims, "exp", missing=0) + CLOCK_SKEW:
        return "has expired"
    if _instant(claims, "iat", missing=2**62) > epoch(now()) + CLOCK_SKEW:
        return "is of a time to come"
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(errors="replace"), nonce.encode()):
        return "is of another sign-in"
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH or not subject.isprintable():
        return "names nobody"
    return ""


def _issuer_for(claims: dict[str, Any], endpoints: Endpoints) -> str:
    """Microsoft's issuer depends on the tenant, which is a claim of its own and has the form of one."""
    if TENANT not in endpoints.issuer:
        return endpoints.issuer
    tenant = claims.get("tid")
    is_tenant = isinstance(tenant, str) and _TENANT_ID.fullmatch(tenant) is not None
    return endpoints.issuer.replace(TENANT, str(tenant)) if is_tenant else ""


def _instant(claims: dict[str, Any], name: str, *, missing: int) -> int:
    value = claims.get(name)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else missing
