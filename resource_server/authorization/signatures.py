"""JWTs of the authorization server, verified offline: one type, one audience, ES256 alone (RFC 8725 §3)."""

import re
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from resource_server.authorization.errors import InvalidTokenError
from resource_server.authorization.keys import SigningKeys
from shared.clock import epoch, now

ALGORITHM = "ES256"
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def is_jwt(credential: str) -> bool:
    """Whether the text has the form of a signed JWT; keys and refresh tokens of ours never have (RFC 7515 §3.1)."""
    return _COMPACT.fullmatch(credential) is not None


class SignedTokens:
    """Checks what the authorization server at `issuer` signed."""

    def __init__(self, issuer: str, keys: SigningKeys) -> None:
        self._issuer = issuer
        self._keys = keys

    async def claims(self, token: str, token_type: str, audience: str) -> dict[str, Any]:
        """The claims of a live token of exactly this type and audience.

        Raises InvalidTokenError, or UnavailableError when the keys cannot be had.
        """
        key = await self._key_of(token, token_type)
        try:
            claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError) as cause:
            raise InvalidTokenError("The token's signature is not valid.") from cause
        self._check(claims, audience)
        return claims

    async def _key_of(self, token: str, token_type: str) -> ECKey:
        """RFC 9068 §4: `typ` and `alg` decide before anything else of the token is believed."""
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError) as cause:
            raise InvalidTokenError("The token is malformed.") from cause
        if header.get("typ") != token_type:
            raise InvalidTokenError("The token is of another type.")
        if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
            raise InvalidTokenError("The token's algorithm or key is not accepted.")
        key = await self._keys.find(header["kid"])
        if key is None:
            raise InvalidTokenError("The token's key is unknown.")
        return key

    def _check(self, claims: dict[str, Any], audience: str) -> None:
        if claims.get("iss") != self._issuer:
            raise InvalidTokenError("The token comes from another issuer.")
        if claims.get("aud") not in (audience, [audience]):
            raise InvalidTokenError("The token is meant for another audience.")
        expires_at = claims.get("exp")
        if not isinstance(expires_at, int) or expires_at <= epoch(now()):
            raise InvalidTokenError("The token has expired.")
