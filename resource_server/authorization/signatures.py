"""JWTs of the authorization server, verified offline: one type, one audience, ES256 alone (RFC 8725 §3)."""

from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from resource_server.authorization.errors import InvalidTokenError
from resource_server.authorization.keys import SigningKeys
from shared.clock import epoch, now
from shared.refusals import Reason

ALGORITHM = "ES256"
ANEW = "Authorize again."


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
            raise InvalidTokenError(
                Reason.TOKEN_FOREIGN, f"The token was not signed by {self._issuer}. {ANEW}"
            ) from cause
        self._check(claims, audience)
        return claims

    async def _key_of(self, token: str, token_type: str) -> ECKey:
        """RFC 9068 §4: `typ` and `alg` decide before anything else of the token is believed."""
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError) as cause:
            raise InvalidTokenError(Reason.TOKEN_MALFORMED, f"The token is malformed. {ANEW}") from cause
        if header.get("typ") != token_type:
            raise InvalidTokenError(Reason.TOKEN_FOREIGN, f"This is not an access token. {ANEW}")
        if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
            raise InvalidTokenError(Reason.TOKEN_FOREIGN, f"The token was not signed by {self._issuer}. {ANEW}")
        key = await self._keys.find(header["kid"])
        if key is None:
            raise InvalidTokenError(Reason.TOKEN_FOREIGN, f"The token was not signed by {self._issuer}. {ANEW}")
        return key

    def _check(self, claims: dict[str, Any], audience: str) -> None:
        if claims.get("iss") != self._issuer:
            raise InvalidTokenError(Reason.OTHER_ISSUER, f"The token comes from another address of the server. {ANEW}")
        if claims.get("aud") not in (audience, [audience]):
            raise InvalidTokenError(
                Reason.OTHER_AUDIENCE, f"The token is not for {audience} but for another address. {ANEW}"
            )
        expires_at = claims.get("exp")
        if not isinstance(expires_at, int) or expires_at <= epoch(now()):
            raise InvalidTokenError(Reason.TOKEN_EXPIRED, "The token has expired. Use the refresh token.")
