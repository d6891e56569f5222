"""What a call of a person's carries to a server now, and what to do when the server refuses it.

For whoever sends requests to a server over HTTP:

1. `headers = await access.headers_for(upstream, user_id)`: all that is ours in the request, the token with it, which
   is renewed before it ends. It is remembered for a while, so this is no way to the database. Raises as below.
2. Send it. At 401 and 403, before anything else: `await access.refused(...)` with the headers that were sent.
   True: ask for headers anew and send the request once more; where that is refused as well, say `is_repeated`.
   False: the refusal is about something else; treat it as any status.

Both raise CredentialWantedError, which ends the call and is no failure of the server's (no breaker), and
NotAnsweringError where an authorization server cannot be asked now. Headers are for this server's origin alone: no
redirect takes them elsewhere.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio

from resource_server.gateway.credentials import Credentials
from resource_server.gateway.oauth.challenges import Challenge, bearer_challenge
from resource_server.gateway.oauth.clients import ClientStore
from resource_server.gateway.oauth.discovery import discover
from resource_server.gateway.oauth.errors import NotAnsweringError, NotProtectedError, OAuthProblemError
from resource_server.gateway.oauth.fetching import Fetching
from resource_server.gateway.oauth.refreshing import Refreshing
from resource_server.gateway.upstream import Secrets, Upstream
from resource_server.gateway.wanted import CredentialWantedError, Wants
from resource_server.recent import Recent

MARGIN_SECONDS = 15.0
"""A token is renewed so long before it ends."""
REMEMBERED_SECONDS, MOST_REMEMBERED = 10.0, 10_000
UNPROTECTED_SECONDS = 60.0
"""So long a server that was looked at and says nothing of OAuth is not looked at again."""
CLOSED_SECONDS = 60.0
"""So long a server that does not even greet who has no token is not asked again without one."""
AUTHORIZATION = "authorization"
INSUFFICIENT_SCOPE = "insufficient_scope"


@dataclass(frozen=True)
class _Remembered:
    revision: str
    until: float
    headers: Mapping[str, str] = field(repr=False)


class Access:
    """Everybody's, in one process."""

    def __init__(self, credentials: Credentials, fetching: Fetching) -> None:
        self.credentials = credentials
        self._fetching = fetching
        self._tokens = credentials.tokens
        self._refreshing = Refreshing(self._tokens, ClientStore(credentials.engine, credentials.key), fetching)
        self._remembered: Recent[tuple[str, str], _Remembered] = Recent(MOST_REMEMBERED)
        self._unprotected: Recent[tuple[str, str], float] = Recent(MOST_REMEMBERED)
        self._closed: Recent[tuple[str, str], float] = Recent(MOST_REMEMBERED)

    async def headers_for(self, upstream: Upstream, user_id: str) -> Mapping[str, str]:
        """All that is ours in a request of this person's now. Raises as the module says."""
        known = self._remembered.get((upstream.id, user_id))
        if known is not None and known.revision == upstream.revision and known.until > time.monotonic():
            return known.headers
        if upstream.uses_oauth:
            await self._renew_in_time(upstream, user_id)
        secrets = await self.secrets_of(upstream, user_id)
        self._remember(upstream, user_id, secrets.values)
        return secrets.values

    async def secrets_of(self, upstream: Upstream, user_id: str) -> Secrets:
        """What the server gets when this person calls. Raises CredentialWantedError."""
        if (self._closed.get((upstream.id, upstream.revision)) or 0.0) > time.monotonic():
            raise CredentialWantedError(upstream.name, Wants.CONNECTION)
        secrets = await anyio.to_thread.run_sync(self.credentials.secrets_for, upstream, user_id)
        if secrets is None:
            raise await anyio.to_thread.run_sync(self.credentials.wanted_by, upstream, user_id)
        return secrets

    def not_greeted(self, upstream: Upstream, problem: Exception) -> None:
        """The server refused to begin, because of this: all who have not connected it share one revision of it."""
        if isinstance(problem, CredentialWantedError) and problem.wants is Wants.CONNECTION and not problem.again:
            self._closed.put((upstream.id, upstream.revision), time.monotonic() + CLOSED_SECONDS)

    async def refused(
        self,
        upstream: Upstream,
        user_id: str,
        sent: Mapping[str, str],
        status: int,
        challenge: str,
        *,
        is_repeated: bool = False,
    ) -> bool:
        """Whether to send it once more; `challenge` is the WWW-Authenticate field. Raises as the module says."""
        self._remembered.pop((upstream.id, user_id))
        told = bearer_challenge(challenge)
        held = await anyio.to_thread.run_sync(self._tokens.of, upstream.id, user_id)
        if status == 403 and held is not None and told is not None and told.error == INSUFFICIENT_SCOPE:
            await anyio.to_thread.run_sync(self._tokens.want, upstream.id, user_id, told.scope)
            raise CredentialWantedError(upstream.name, Wants.MORE)
        if status != 401:
            return False
        if held is None or held.is_refused:
            raise await self._wanted(upstream, sent, told or Challenge(), again=held is not None)
        token = _token_of(sent)
        if token == held.tokens.access_token and is_repeated:
            await anyio.to_thread.run_sync(self._tokens.refuse, upstream.id, user_id, held.rotation)
        elif await self._refreshing.instead_of(token, upstream.id, user_id) is not None and not is_repeated:
            return True
        raise CredentialWantedError(upstream.name, Wants.CONNECTION, again=True)

    async def _renew_in_time(self, upstream: Upstream, user_id: str) -> None:
        """A token that is still good is used on while its issuer is not to be asked."""
        held = await anyio.to_thread.run_sync(self._tokens.of, upstream.id, user_id)
        if held is None or held.is_refused or not held.expires_within(MARGIN_SECONDS):
            return
        if not held.tokens.refresh_token and not held.expires_within(0):
            return
        try:
            await self._refreshing.instead_of(held.tokens.access_token, upstream.id, user_id)
        except NotAnsweringError:
            if held.expires_within(0):
                raise

    async def _wanted(
        self, upstream: Upstream, sent: Mapping[str, str], challenge: Challenge, *, again: bool
    ) -> CredentialWantedError:
        """Who has to do something: where the refused header was entered, nothing but another one helps."""
        if upstream.is_of_session:  # nobody has a page for it
            return CredentialWantedError(upstream.name, Wants.APP, again=True)
        if any(name.lower() == AUTHORIZATION for name in sent):
            is_own = any(name.lower() == AUTHORIZATION for name in upstream.asks)
            return CredentialWantedError(upstream.name, Wants.ENTRY if is_own else Wants.ADMINISTRATOR, again=True)
        # What one person entered wrongly makes no other server of it for everybody.
        if upstream.uses_oauth or (not upstream.asks and await self._is_protected(upstream, challenge)):
            return CredentialWantedError(upstream.name, Wants.CONNECTION, again=again)
        return CredentialWantedError(upstream.name, Wants.ENTRY if upstream.asks else Wants.ADMINISTRATOR, again=True)

    async def _is_protected(self, upstream: Upstream, challenge: Challenge) -> bool:
        """Whether people connect this server by OAuth; it is kept in mind. Why they cannot, their page tells them."""
        key = upstream.id, upstream.revision
        if (self._unprotected.get(key) or 0.0) > time.monotonic():
            return False
        try:
            await discover(self._fetching, upstream, challenge)
        except OAuthProblemError as problem:
            if isinstance(problem, NotProtectedError) or not challenge.resource_metadata:
                self._unprotected.put(key, time.monotonic() + UNPROTECTED_SECONDS)
                return False
        await anyio.to_thread.run_sync(self.credentials.protect, upstream, challenge)
        return True

    def _remember(self, upstream: Upstream, user_id: str, headers: Mapping[str, str]) -> None:
        """For less than the margin, so that no token ends meanwhile."""
        until = time.monotonic() + REMEMBERED_SECONDS
        self._remembered.put((upstream.id, user_id), _Remembered(upstream.revision, until, headers))


def _token_of(sent: Mapping[str, str]) -> str:
    value = next((value for name, value in sent.items() if name.lower() == AUTHORIZATION), "")
    return value.partition(" ")[2]
