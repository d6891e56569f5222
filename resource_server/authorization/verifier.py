"""RFC 9068: access tokens verified without asking anybody, and remembered until they expire."""

from dataclasses import dataclass
from typing import Any

from resource_server.authorization.errors import InvalidTokenError
from resource_server.authorization.signatures import ANEW, SignedTokens
from resource_server.recent import Recent
from shared.clock import epoch, now
from shared.credential_forms import Credential, Form
from shared.refusals import Reason
from shared.scopes import Scope, parse_scope

TOKEN_TYPE = "at+jwt"
REMEMBERED = 10_000


@dataclass(frozen=True)
class AccessToken:
    """What a valid token says about itself; what its grant allows now is another question."""

    user_id: str
    client_id: str
    grant_id: str
    grant_revision: int
    scopes: frozenset[Scope]
    expires_at: int


class Verifier:
    """Turns a credential into an AccessToken."""

    def __init__(self, tokens: SignedTokens) -> None:
        self._tokens = tokens
        self._known: Recent[tuple[str, str], AccessToken] = Recent(REMEMBERED)

    async def verify(self, credential: Credential, audience: str) -> AccessToken:
        """One that is for this audience and no other. Raises InvalidTokenError or UnavailableError.

        The form of the credential selects its parser: what is no JWT is never tried as one, and the reverse.
        """
        name = credential.digest, audience
        known = self._known.get(name)
        if known is None:
            if credential.form is not Form.JWT:
                raise InvalidTokenError(Reason.TOKEN_MALFORMED, f"This is not an access token. {ANEW}")
            known = _access_token(await self._tokens.claims(credential.text, TOKEN_TYPE, audience))
            self._known.put(name, known)
        if known.expires_at <= epoch(now()):
            self._known.pop(name)
            raise InvalidTokenError(Reason.TOKEN_EXPIRED, "The token has expired. Use the refresh token.")
        return known


def _access_token(claims: dict[str, Any]) -> AccessToken:
    """RFC 9068 §2.2: the claims are required, each of its type."""
    texts = [claims.get(name) for name in ("sub", "client_id", "grant_id", "scope")]
    revision = claims.get("grant_rev")
    if not all(isinstance(text, str) for text in texts) or not all(texts[:3]) or not isinstance(revision, int):
        raise InvalidTokenError(Reason.TOKEN_MALFORMED, f"The token lacks a claim. {ANEW}")
    user_id, client_id, grant_id, scope = map(str, texts)
    return AccessToken(user_id, client_id, grant_id, revision, frozenset(parse_scope(scope)), claims["exp"])
