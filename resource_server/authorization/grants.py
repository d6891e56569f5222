"""What each grant allows now: asked once per revision (RFC 7662), outdated by the feed, never by a late answer."""

from dataclasses import dataclass
from typing import Any

import anyio

from resource_server.authorization.auth_client import AuthClient, GrantChange
from resource_server.authorization.errors import InvalidTokenError, UnavailableError
from resource_server.authorization.verifier import AccessToken
from resource_server.recent import Recent
from shared.authorization_details import InvalidDetailsError, MemoryAccess, memory_access, parse_details
from shared.refusals import Reason
from shared.scopes import Scope, parse_scope

REMEMBERED = 10_000
ATTEMPTS = 3
ENDED = "The person ended this connection, or it expired. Authorize again."


@dataclass(frozen=True)
class CurrentGrant:
    """Scope and access of a grant at one revision, and the second at which somebody decided so."""

    revision: int
    scopes: frozenset[Scope]
    access: MemoryAccess
    client_name: str
    decided_at: int


class Grants:
    """The grants whose tokens were seen here."""

    def __init__(self, client: AuthClient) -> None:
        self._client = client
        self._current: Recent[str, CurrentGrant] = Recent(REMEMBERED)
        self._news: Recent[str, GrantChange] = Recent(REMEMBERED)
        self._asking: dict[str, anyio.Event] = {}
        self.generation = 0
        """It grows whenever everything that was answered earlier may be outdated."""

    async def current(self, credential: str, token: AccessToken) -> CurrentGrant:
        """What the grant of `token` allows now. Raises InvalidTokenError when it has ended, or UnavailableError."""
        for _ in range(ATTEMPTS):
            if self.is_ended(token.grant_id):
                raise InvalidTokenError(Reason.GRANT_ENDED, ENDED)
            known = self._current.get(token.grant_id)
            if known is not None and known.revision >= self._least_revision(token):
                return known
            if (asking := self._asking.get(token.grant_id)) is not None:
                await asking.wait()
                continue
            await self._ask(credential, token)
        raise UnavailableError("the grant could not be read at its newest revision")

    def is_ended(self, grant_id: str) -> bool:
        """Whether the feed said that the grant was revoked; a thread may ask."""
        news = self._news.get(grant_id)
        return news is not None and news.is_revoked

    def is_outdated(self, grant_id: str, revision: int) -> bool:
        """Whether the feed told of a newer revision of a grant or key than this one."""
        news = self._news.get(grant_id)
        return news is not None and news.revision > revision

    def apply(self, change: GrantChange) -> None:
        """News from the feed: what is older than it is not believed any more, whenever it arrives."""
        self._news.put(change.grant_id, change)
        known = self._current.get(change.grant_id)
        if known is not None and known.revision < change.revision:
            self._current.pop(change.grant_id)  # so that it stays outdated when this news is itself forgotten

    def forget(self) -> None:
        """Changes may have been missed, so everything is asked again, answers on the way too."""
        self._current.clear()
        self.generation += 1

    def begin_anew(self) -> None:
        """Another history is true now: what was heard of grants, and at which revision, belongs to the old one."""
        self._news.clear()
        self.forget()

    async def _ask(self, credential: str, token: AccessToken) -> None:
        done = self._asking[token.grant_id] = anyio.Event()
        generation = self.generation
        try:
            answer = _current_grant(await self._client.introspect(credential), token)
        finally:
            del self._asking[token.grant_id]
            done.set()
        if generation == self.generation:
            self._current.put(token.grant_id, answer)

    def _least_revision(self, token: AccessToken) -> int:
        news = self._news.get(token.grant_id)
        return max(token.grant_revision, news.revision if news else 0)


def _current_grant(answer: dict[str, Any], token: AccessToken) -> CurrentGrant:
    if answer.get("active") is not True or answer.get("grant_id") != token.grant_id:
        raise InvalidTokenError(Reason.GRANT_ENDED, ENDED)
    try:
        access = memory_access(parse_details(answer["authorization_details"]))
        scopes = frozenset(parse_scope(answer["scope"]))
        name = str(answer.get("client_name", ""))
        return CurrentGrant(int(answer["grant_rev"]), scopes, access, name, int(answer["decided_at"]))
    except (KeyError, TypeError, ValueError, InvalidDetailsError) as cause:
        raise UnavailableError("the introspection answer was not understood") from cause
