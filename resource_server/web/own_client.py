"""The pages as a client of the installation's own authorization server (OpenID Connect Core §3.1)."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import structlog

from resource_server.authorization.auth_client import AuthClient
from resource_server.authorization.authorizer import Authorizer
from resource_server.authorization.door import Door
from resource_server.authorization.errors import InvalidTokenError, UnavailableError
from resource_server.authorization.signatures import SignedTokens
from resource_server.context.caller import Caller
from resource_server.settings import Settings
from resource_server.web.sessions import SignedIn, Tokens
from shared import own_pages
from shared.clock import epoch, now
from shared.credential_forms import Credential
from shared.master_key import MasterKey

ID_TOKEN = "JWT"
log = structlog.get_logger(__name__)


class SignInFailedError(Exception):
    """The authorization server gave nothing for the code, or what it gave does not fit; the text is for the log."""


@dataclass(frozen=True)
class Asked:
    """What binds an answer to the question: three secrets of this sign-in and browser."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class OwnClient:
    """Confidential: its secret follows from the master key, which both servers hold."""

    settings: Settings
    client: AuthClient
    tokens: SignedTokens
    authorizer: Authorizer
    secret: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings, door: Door, master_key: MasterKey) -> "OwnClient":
        """From what the process holds."""
        secret = own_pages.client_secret(master_key)
        return cls(settings, door.client, door.tokens, door.authorizer, secret)

    @property
    def redirect_uri(self) -> str:
        """Where the answer comes to."""
        return self.settings.mcp_origin + own_pages.REDIRECT_PATH

    def question(self, asked: Asked, *, again: bool) -> str:
        """The address a browser is sent to; with `again` the person signs in whether they are signed in or not."""
        challenge = urlsafe_b64encode(sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": own_pages.CLIENT_ID,
            "redirect_uri": self.redirect_uri,
            "resource": self.settings.mcp_url,
            "scope": own_pages.SCOPE,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        } | ({"prompt": "login"} if again else {})
        return f"{self.settings.issuer}/authorize?{urlencode(query)}"

    async def redeem(self, code: str, asked: Asked) -> SignedIn:
        """Who signed in. Raises SignInFailedError and UnavailableError."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": asked.verifier,
        }
        answer = await self._ask(form)
        if answer is None:
            raise SignInFailedError("the code was refused")
        try:
            claims = await self.tokens.claims(str(answer.get("id_token", "")), ID_TOKEN, own_pages.CLIENT_ID)
            tokens = _tokens(answer)
            caller = await self.caller_of(tokens)
        except (InvalidTokenError, KeyError, TypeError, ValueError) as cause:
            raise SignInFailedError(f"its tokens cannot be used: {cause}") from cause
        _check(claims, asked, caller.user_id)
        signed_in_at = datetime.fromtimestamp(claims["auth_time"], UTC)
        return SignedIn(caller.user_id, caller.grant_id, str(claims.get("email", "")), signed_in_at, tokens)

    async def caller_of(self, tokens: Tokens) -> Caller:
        """Whom the access token speaks for, and what its grant allows now. Raises InvalidTokenError, UnavailableError.

        It is for the MCP endpoint, so that the end of its grant is heard of as any other's.
        """
        return (await self.authorizer.authorize(Credential(tokens.access_token), self.settings.mcp_url)).caller

    async def refresh(self, tokens: Tokens) -> Tokens | None:
        """Tokens of now; None when the grant has ended. Raises UnavailableError."""
        answer = await self._ask({"grant_type": "refresh_token", "refresh_token": tokens.refresh_token})
        try:
            return _tokens(answer) if answer is not None else None
        except (KeyError, TypeError, ValueError) as cause:
            raise UnavailableError("the answer to a refresh was not understood") from cause

    async def revoke(self, tokens: Tokens) -> None:
        """The grant ends (RFC 7009). Raises UnavailableError."""
        await self.client.as_client("/revoke", {"token": tokens.refresh_token} | self._credential())

    async def _ask(self, form: dict[str, str]) -> dict[str, Any] | None:
        status, answer = await self.client.as_client("/token", form | self._credential())
        if status == 401:
            raise UnavailableError("the authorization server has another master key than this server")
        if status == 429:
            raise UnavailableError("the authorization server is asked too often")
        return answer if status == 200 else None

    def _credential(self) -> dict[str, str]:
        return {"client_id": own_pages.CLIENT_ID, "client_secret": self.secret}


def _tokens(answer: dict[str, Any]) -> Tokens:
    """Raises KeyError, TypeError and ValueError."""
    ends_at = epoch(now()) + int(answer["expires_in"])
    return Tokens(str(answer["access_token"]), str(answer["refresh_token"]), ends_at)


def _check(claims: dict[str, Any], asked: Asked, user_id: str) -> None:
    """§3.1.3.7, beyond signature, iss, aud, typ and exp: azp, nonce, and that both tokens are one person's."""
    fits = claims.get("azp") in (None, own_pages.CLIENT_ID) and claims.get("nonce") == asked.nonce
    if not fits or claims.get("sub") != user_id or not isinstance(claims.get("auth_time"), int):
        raise SignInFailedError("the id_token is not the answer to this question")
