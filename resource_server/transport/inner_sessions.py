"""The SDK's sessions in this process, under our ids: what ends in any process ends here too, with its streams."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import anyio
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Scope

from resource_server.context.caller import Caller
from resource_server.recent import Recent
from resource_server.sessions import SessionFacts, Sessions
from resource_server.transport.greeting import dismiss
from shared.clock import epoch, now

PAUSE = 1.0
OVERLAP = timedelta(minutes=1)
"""Clocks of several machines differ, and a session may be revived at the very moment it ends elsewhere."""
Name = tuple[str, str]
"""Our session id and a grant id. Inside a session the SDK tells requests apart by the ids that clients choose, so that
grants which may read different things never share one."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Inner:
    """One session of the SDK. Its owner alone may end it, so the owner is kept; the owner's token is not."""

    id: str
    owner: Scope
    expires_at: int


class InnerSessions:
    """Lives on the event loop.

    One person has as many as they may hold sessions, grants counted apart; beyond, the one they used longest ago gives
    way, and is greeted again when it is asked for.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions
        self._held: dict[str, Recent[Name, Inner]] = {}

    def id_of(self, session_id: str, owner: Caller) -> str | None:
        """The SDK's id of a session for this caller's grant; None where this process holds none."""
        theirs = self._held.get(owner.user_id)
        inner = theirs.get((session_id, owner.grant_id)) if theirs else None
        return inner.id if inner else None

    async def hold(self, facts: SessionFacts, owner: Caller, inner: str, scope: Scope) -> None:
        """Remembers the SDK's id, and from a request of the owner who that is; at once, before anything waits."""
        kept = {"type": "http", "path": scope["path"], "query_string": b"", "user": scope["user"]}
        theirs = self._held.setdefault(owner.user_id, Recent(self._sessions.per_user))
        given_way = theirs.put((facts.id, owner.grant_id), Inner(inner, kept, facts.expires_at))
        if given_way is not None:
            await dismiss(given_way.owner, self._app, given_way.id)

    def forget(self, session_id: str, owner: Caller, inner: str) -> None:
        """The SDK does not know `inner` any more; a successor that came meanwhile stays."""
        if self.id_of(session_id, owner) == inner:
            self._pop(owner.user_id, (session_id, owner.grant_id))

    async def end(self, sessions: Iterable[tuple[str, str]]) -> None:
        """Ends what the SDK has of these sessions in this process, for whichever grants; each is a person and an id."""
        for person, session_id in sessions:
            theirs = self._held.get(person)
            for name, inner in theirs.items() if theirs else ():
                if name[0] == session_id:
                    self._pop(person, name)
                    await dismiss(inner.owner, self._app, inner.id)

    async def follow(self) -> None:
        """Until it is cancelled: ends here, within about a second, what ended in another process or expired."""
        heard = now()
        while True:
            await anyio.sleep(PAUSE)
            asked = now()
            try:
                if self._held:
                    await self.end(await anyio.to_thread.run_sync(self._sessions.ended_since, heard - OVERLAP))
                    await self.end(self._expired())
                heard = asked
            except SQLAlchemyError as cause:
                log.warning("ended sessions could not be read", error=type(cause).__name__)

    def _pop(self, person: str, name: Name) -> None:
        theirs = self._held[person]
        theirs.pop(name)
        if not len(theirs):
            del self._held[person]

    def _expired(self) -> set[tuple[str, str]]:
        moment = epoch(now())
        every = [(person, name[0], inner) for person, theirs in self._held.items() for name, inner in theirs.items()]
        return {(person, session_id) for person, session_id, inner in every if inner.expires_at <= moment}
