"""The SDK's sessions in this process, under our ids: what ends in any process ends here too, with its streams."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import anyio
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Scope

from resource_server.recent import Recent
from resource_server.sessions import SessionFacts, Sessions
from resource_server.transport.greeting import dismiss
from shared.clock import epoch, now

REMEMBERED = 10_000
PAUSE = 1.0
OVERLAP = timedelta(minutes=1)
"""Clocks of several machines differ, and a session may be revived at the very moment it ends elsewhere."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Inner:
    """One session of the SDK. Its owner alone may end it, so the owner is kept; the owner's token is not."""

    id: str
    owner: Scope
    expires_at: int


class InnerSessions:
    """Lives on the event loop."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions
        self._held: Recent[str, Inner] = Recent(REMEMBERED)

    def id_of(self, session_id: str) -> str | None:
        """The SDK's id of a session; None for one that this process does not hold."""
        inner = self._held.get(session_id)
        return inner.id if inner else None

    def hold(self, facts: SessionFacts, inner: str, scope: Scope) -> None:
        """Remembers the SDK's id, and from a request of the owner who that is."""
        owner = {"type": "http", "path": scope["path"], "query_string": b"", "user": scope["user"]}
        self._held.put(facts.id, Inner(inner, owner, facts.expires_at))

    def forget(self, session_id: str, inner: str) -> None:
        """The SDK does not know `inner` any more; a successor that came meanwhile stays."""
        if self.id_of(session_id) == inner:
            self._held.pop(session_id)

    async def end(self, session_ids: Iterable[str]) -> None:
        """Ends the SDK's side of those sessions that this process holds."""
        for session_id in session_ids:
            if (inner := self._held.pop(session_id)) is not None:
                await dismiss(inner.owner, self._app, inner.id)

    async def follow(self) -> None:
        """Until it is cancelled: ends here, within about a second, what ended in another process or expired."""
        heard = now()
        while True:
            await anyio.sleep(PAUSE)
            asked = now()
            try:
                if len(self._held):
                    await self.end(await anyio.to_thread.run_sync(self._sessions.ended_since, heard - OVERLAP))
                    await self.end(self._expired())
                heard = asked
            except SQLAlchemyError as cause:
                log.warning("ended sessions could not be read", error=type(cause).__name__)

    def _expired(self) -> list[str]:
        moment = epoch(now())
        return [session_id for session_id, inner in self._held.items() if inner.expires_at <= moment]
