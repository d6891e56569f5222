"""From a credential to a Caller: verified offline, then narrowed to what the grant allows right now (RFC 9068 §4)."""

from dataclasses import dataclass

from resource_server.authorization.change_feed import ChangeFeed
from resource_server.authorization.grants import CurrentGrant, Grants
from resource_server.authorization.verifier import AccessToken, Verifier
from resource_server.context import Caller, GrantEndedError


@dataclass(frozen=True)
class Authorized:
    """The caller, and the second at which the token, and with it every stream, ends."""

    caller: Caller
    expires_at: int


class Authorizer:
    """Decides for each request anew; nothing it decided is kept beyond the request."""

    def __init__(self, verifier: Verifier, grants: Grants, feed: ChangeFeed) -> None:
        self._verifier = verifier
        self._grants = grants
        self._feed = feed

    async def authorize(self, credential: str) -> Authorized:
        """Raises InvalidTokenError or UnavailableError."""
        token = await self._verifier.verify(credential)
        self._feed.ensure_fresh()
        grant = await self._grants.current(credential, token)
        return Authorized(self._caller(token, grant), token.expires_at)

    def _caller(self, token: AccessToken, grant: CurrentGrant) -> Caller:
        return Caller(
            user_id=token.user_id,
            client_id=token.client_id,
            client_name=grant.client_name,
            grant_id=token.grant_id,
            scopes=token.scopes & grant.scopes,
            access=grant.access,
            ensure_live=lambda: self._ensure_live(token.grant_id),
        )

    def _ensure_live(self, grant_id: str) -> None:
        if self._grants.is_ended(grant_id):
            raise GrantEndedError
