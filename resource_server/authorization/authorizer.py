"""From a credential to a Caller: a token or a key, narrowed to what its grant allows right now (RFC 9068 §4)."""

from dataclasses import dataclass

from resource_server.authorization.api_keys import ApiKeys, PresentedKey
from resource_server.authorization.change_feed import ChangeFeed
from resource_server.authorization.grants import CurrentGrant, Grants
from resource_server.authorization.verifier import AccessToken, Verifier
from resource_server.context.caller import Caller, GrantEndedError
from resource_server.recent import Recent
from shared.clock import epoch, now
from shared.credential_forms import Credential, Form
from shared.scopes import Scope

LONGEST_STREAM = 24 * 60 * 60
"""Seconds that a call by a key without an end may stay open."""

LONGEST_ACTING = 60
"""Seconds for one that acts for somebody: whether their account is open is not told by the feed."""

LONGEST_NAME = 254
REMEMBERED = 10_000


@dataclass(frozen=True)
class Authorized:
    """The caller, and the second at which the credential, and with it every stream, ends.

    `acts_for` is the name by which a key was allowed to act for the caller; empty for everybody else.
    """

    caller: Caller
    expires_at: int
    acts_for: str = ""


@dataclass(frozen=True)
class _Said:
    """The caller that was made of these two."""

    credential: AccessToken | PresentedKey
    grant: CurrentGrant | None
    caller: Caller


class Authorizer:
    """Decides for each request anew. A caller is the same object as before where token and grant are the same ones."""

    def __init__(self, verifier: Verifier, keys: ApiKeys, grants: Grants, feed: ChangeFeed) -> None:
        self._verifier = verifier
        self._keys = keys
        self._grants = grants
        self._feed = feed
        self._said: Recent[tuple[str, str], _Said] = Recent(REMEMBERED)

    def can_tell(self, credential: Credential) -> bool:
        """Whether nobody has to be asked who this is, as for a key that was never seen."""
        return credential.form is not Form.KEY or self._keys.knows(credential)

    async def authorize(self, credential: Credential, audience: str, on_behalf_of: str = "") -> Authorized:
        """Raises InvalidTokenError or UnavailableError.

        The form of the credential selects its parser. A token is for one audience (RFC 8707 §2); a key has none. A name
        that the credential may not act for changes nothing here: whoever asked compares it with the caller.
        """
        if credential.form is Form.KEY:
            return await self._by_key(credential, on_behalf_of)
        token = await self._verifier.verify(credential, audience)
        self._feed.ensure_fresh()
        grant = await self._grants.current(credential.text, token)
        caller = self._same(credential, token, grant) or self._by_token(credential, token, grant)
        return Authorized(caller, token.expires_at)

    async def _by_key(self, secret: Credential, on_behalf_of: str) -> Authorized:
        """RFC 8693 §4.1: who may impersonate says for whom; anybody else speaks for the key's owner."""
        self._feed.ensure_fresh()
        key = await self._keys.current(secret)
        may_act = Scope.IMPERSONATE in key.scopes and len(on_behalf_of) <= LONGEST_NAME
        if not may_act or on_behalf_of in ("", key.user_id):
            return Authorized(self._caller(secret, key), _end(key, LONGEST_STREAM))
        acting = await self._keys.current(secret, on_behalf_of)
        if not acting.is_acting:
            return Authorized(self._caller(secret, key), _end(key, LONGEST_STREAM))
        return Authorized(self._caller(secret, acting), _end(acting, LONGEST_ACTING), on_behalf_of)

    def _same(
        self, presented: Credential, read: AccessToken | PresentedKey, grant: CurrentGrant | None = None
    ) -> Caller | None:
        """Who was made of the very same things before."""
        said = self._said.get((presented.digest, read.user_id))
        return said.caller if said is not None and said.credential is read and said.grant is grant else None

    def _remember(self, presented: Credential, said: _Said) -> Caller:
        self._said.put((presented.digest, said.credential.user_id), said)
        return said.caller

    def _by_token(self, presented: Credential, token: AccessToken, grant: CurrentGrant) -> Caller:
        caller = Caller(
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
        return self._remember(presented, _Said(token, grant, caller))

    def _caller(self, presented: Credential, key: PresentedKey) -> Caller:
        """A key holds no scope of its own that could be narrower: what it may do now is all."""
        if (same := self._same(presented, key)) is not None:
            return same
        caller = Caller(
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
        return self._remember(presented, _Said(key, None, caller))

    def _is_current(self, grant_id: str, revision: int) -> bool:
        return not self._grants.is_ended(grant_id) and not self._grants.is_outdated(grant_id, revision)

    def _ensure_live(self, grant_id: str) -> None:
        if self._grants.is_ended(grant_id):
            raise GrantEndedError


def _end(key: PresentedKey, longest: int) -> int:
    latest = epoch(now()) + longest
    return latest if key.expires_at is None else min(latest, key.expires_at)
