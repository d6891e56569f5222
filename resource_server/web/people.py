"""Who looks at a page: the person of the session, as long as the grant behind it lives."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import anyio

from resource_server.authorization.errors import InvalidTokenError, UnavailableError
from resource_server.context.caller import Caller
from resource_server.web.own_client import OwnClient
from resource_server.web.sessions import KeptSession, Tokens, WebSessions
from shared.clock import epoch, now
from shared.csrf import form_token
from shared.scopes import Scope
from shared.secrets import digest

RECENT = timedelta(minutes=5)
"""How long a sign-in counts as one of now (AS-104)."""

LEFT = 30
"""Seconds that a token must still be good for; others are replaced."""


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in. `manages` says that they keep the servers of everybody, now (AS-65, AS-104).

    `csrf_token` goes with every form of theirs.
    """

    user_id: str
    email: str
    manages: bool
    authenticated_at: datetime
    csrf_token: str = field(repr=False)
    session: KeptSession = field(repr=False)

    def has_just_signed_in(self) -> bool:
        """Whether they proved within five minutes who they are."""
        return now() - self.authenticated_at < RECENT


class People:
    """Finds the person behind a cookie, and ends sessions whose grant has ended."""

    def __init__(self, sessions: WebSessions, client: OwnClient, form_key: bytes) -> None:
        self.sessions = sessions
        self._client = client
        self._form_key = form_key
        self._renewing: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    async def behind(self, secret: str) -> Person | None:
        """Whom the cookie speaks for; None sends them to sign in. Raises UnavailableError while nobody can tell."""
        kept = await anyio.to_thread.run_sync(self.sessions.find, secret)
        if kept is None:
            return None
        caller = await self._live(kept, secret)
        if caller is None or caller.user_id != kept.signed_in.user_id:
            await anyio.to_thread.run_sync(self.sessions.end, kept)
            return None
        return Person(
            user_id=caller.user_id,
            email=kept.signed_in.email,
            manages=Scope.GATEWAY_MANAGE in caller.scopes,
            authenticated_at=kept.signed_in.authenticated_at,
            csrf_token=form_token(self._form_key, secret),
            session=kept,
        )

    def is_genuine(self, person: Person, token: str) -> bool:
        """Whether a form carries the token of this very session, compared in constant time."""
        return hmac.compare_digest(person.csrf_token.encode(), token.encode(errors="replace"))

    def has_proof(self, person: Person, proof: str) -> bool:
        """Whether a sign-in of this session left it, and no form has spent it."""
        return bool(proof) and hmac.compare_digest(digest(proof), person.session.proof_digest)

    async def sign_out(self, kept: KeptSession) -> None:
        """Ends the session, and its grant with it as far as the authorization server can be reached."""
        await anyio.to_thread.run_sync(self.sessions.end, kept)
        try:
            await self._client.revoke(kept.signed_in.tokens)
        except UnavailableError:
            return  # nobody holds its tokens any more; it ends by itself

    async def _live(self, kept: KeptSession, secret: str) -> Caller | None:
        """What the grant allows now; None when it has ended."""
        try:
            tokens = await self._usable(kept, secret)
            return await self._client.caller_of(tokens) if tokens else None
        except InvalidTokenError:
            return None

    async def _usable(self, kept: KeptSession, secret: str) -> Tokens | None:
        """Tokens that are good for a while; of many requests at once, one replaces them."""
        if _is_good(kept.signed_in.tokens):
            return kept.signed_in.tokens
        lock = self._renewing.setdefault(kept.digest, anyio.Lock())
        async with lock:
            newest = await anyio.to_thread.run_sync(self.sessions.find, secret)
            if newest is None or _is_good(newest.signed_in.tokens):
                return newest.signed_in.tokens if newest is not None else None
            tokens = await self._client.refresh(newest.signed_in.tokens)
            if tokens is not None:
                await anyio.to_thread.run_sync(self.sessions.renew, kept, tokens)
            return tokens


def _is_good(tokens: Tokens) -> bool:
    return tokens.expires_at > epoch(now()) + LEFT
