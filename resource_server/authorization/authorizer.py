"""From a credential to a Caller: a token or a key, narrowed to what its grant allows right now (RFC 9068 §4)."""

from dataclasses import dataclass

from resource_server.authorization.api_keys import ApiKeys, PresentedKey
from resource_server.authorization.change_feed import ChangeFeed
from resource_server.authorization.grants import CurrentGrant, Grants
from resource_server.authorization.verifier import AccessToken, Verifier
from resource_server.context.caller import Caller, GrantEndedError
from shared.clock import epoch, now
from shared.credential_forms import Form, form_of
from shared.scopes import Scope

LONGEST_STREAM = 24 * 60 * 60
"""Seconds that a call by a key without an end may stay open."""

LONGEST_ACTING = 60
"""Seconds for one that acts for somebody: whether their account is open is not told by the feed."""

LONGEST_NAME = 254


@dataclass(frozen=True)
class Authorized:
    """The caller, and the second at which the credential, and with it every stream, ends.

    `acts_for` is the name by which a key was allowed to act for the caller; empty for everybody else.
    """

    caller: Caller
    expires_at: int
    acts_for: str = ""


class Authorizer:
    """Decides for each request anew; nothing it decided is kept beyond the request."""

    def __init__(self, verifier: Verifier, keys: ApiKeys, grants: Grants, feed: ChangeFeed) -> None:
        self._verifier = verifier
        self._keys = keys
        self._grants = grants
        self._feed = feed

    def can_tell(self, credential: str) -> bool:
        """Whether nobody has to be asked who this is, as for a key that was never seen."""
        return form_of(credential) is not Form.KEY or self._keys.knows(credential)

    async def authorize(self, credential: str, audience: str, on_behalf_of: str = "") -> Authorized:
        """Raises InvalidTokenError or UnavailableError.

        The form of the credential selects its parser. A token is for one audience (RFC 8707 §2); a key has none. A name
        that the credential may not act for changes nothing here: whoever asked compares it with the caller.
        """
        if form_of(credential) is Form.KEY:
            return await self._by_key(credential, on_behalf_of)
        token = await self._verifier.verify(credential, audience)
        self._feed.ensure_fresh()
        grant = await self._grants.current(credential, token)
        return Authorized(self._by_token(token, grant), token.expires_at)

    async def _by_key(self, secret: str, on_behalf_of: str) -> Authorized:
        """RFC 8693 §4.1: who may impersonate says for whom; anybody else speaks for the key's owner."""
        self._feed.ensure_fresh()
        key = await self._keys.current(secret)
        may_act = Scope.IMPERSONATE in key.scopes and len(on_behalf_of) <= LONGEST_NAME
        if not may_act or on_behalf_of in ("", key.user_id):
            return Authorized(self._caller(key), _end(key, LONGEST_STREAM))
        acting = await self._keys.current(secret, on_behalf_of)
        if not acting.is_acting:
            return Authorized(self._caller(key), _end(key, LONGEST_STREAM))
        return Authorized(self._caller(acting), _end(acting, LONGEST_ACTING), on_behalf_of)

    def _by_token(self, token: AccessToken, grant: CurrentGrant) -> Caller:
        return Caller(
            user_id=token.user_id,
            client_id=token.client_id,
            client_name=grant.client_name,
            grant_id=token.grant_id,
            scopes=token.scopes & grant.scopes,
            access=grant.access,
            decided_at=grant.decided_at,
            ensure_live=lambda: self._ensure_live(token.grant_id),
            is_current=lambda: self._is_current(token.grant_id, grant.revision),
        )

    def _caller(self, key: PresentedKey) -> Caller:
        """A key holds no scope of its own that could be narrower: what it may do now is all."""
        return Caller(
            user_id=key.user_id,
            client_id=key.key_id,
            client_name=key.name,
            grant_id=key.key_id,
            scopes=key.scopes,
            access=key.access,
            decided_at=key.decided_at,
            ensure_live=lambda: self._ensure_live(key.key_id),
            is_current=lambda: self._is_current(key.key_id, key.revision),
        )

    def _is_current(self, grant_id: str, revision: int) -> bool:
        return not self._grants.is_ended(grant_id) and not self._grants.is_outdated(grant_id, revision)

    def _ensure_live(self, grant_id: str) -> None:
        if self._grants.is_ended(grant_id):
            raise GrantEndedError


def _end(key: PresentedKey, longest: int) -> int:
    latest = epoch(now()) + longest
    return latest if key.expires_at is None else min(latest, key.expires_at)
