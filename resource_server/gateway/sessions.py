"""Sessions with servers of their own: an app of a person calls within one, and reaches what is in it alone.

A session begins with the servers that the file names (`servers_file.py`), by reference: what people entered for them,
and which of their tools were accepted, is the same as elsewhere. What an app brings belongs to the session, and ends
with it. Conversations are the session's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from resource_server.gateway.described import Described
from resource_server.gateway.links import Viewer
from resource_server.gateway.servers_file import ORIGIN
from resource_server.gateway.tables import GatewaySession
from resource_server.gateway.upstream import SESSION, InvalidServerError, Upstream
from resource_server.gateway.upstreams import Upstreams
from shared.clock import now
from shared.database import unit_of_work
from shared.ids import new_id

MOST_OWN = 50
"""So many servers an app brings into one session."""

NOTED_ANEW = timedelta(seconds=30)
"""How exactly it is known when a session was last used."""


class TooManySessionsError(Exception):
    """The person's apps hold as many as they may."""


@dataclass(frozen=True)
class SessionRules:
    """Seconds without use after which a session ends, and how many a person may hold."""

    idle: int
    per_user: int


@dataclass(frozen=True)
class ServerSession:
    """One session, as its owner sees it; `notes` is what the app wrote about it."""

    id: str
    notes: Mapping[str, Any]
    created_at: datetime
    used_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class ServerSessions:
    """All sessions; each method that takes a `Viewer` sees those of this person and app alone."""

    engine: Engine
    upstreams: Upstreams
    rules: SessionRules

    def open(self, owner: Viewer, notes: Mapping[str, Any]) -> ServerSession:
        """A new one, with what the file of servers names. Raises TooManySessionsError."""
        of_file = [one.id for one in self.upstreams.every() if one.origin == ORIGIN]
        row = GatewaySession(
            id=new_id(SESSION), user_id=owner.user_id, client_id=owner.client_id, notes=dict(notes), server_ids=of_file
        )
        with unit_of_work(self.engine) as session:
            live = select(func.count()).select_from(GatewaySession).where(GatewaySession.user_id == owner.user_id)
            if session.exec(live.where(col(GatewaySession.used_at) > self._oldest())).one() >= self.rules.per_user:
                raise TooManySessionsError
            session.add(row)
        return self._shown(row)

    def use(self, session_id: str, viewer: Viewer) -> ServerSession | None:
        """The session, which is used now; None for one that is not theirs, ended, or never was."""
        with unit_of_work(self.engine, read_only=True) as session:
            row = self._own(session, session_id, viewer)
        if row is None or now() - row.used_at < NOTED_ANEW:
            return self._shown(row) if row is not None else None
        with unit_of_work(self.engine) as session:
            row = self._own(session, session_id, viewer)
            if row is not None:
                row.used_at = now()
                session.add(row)
        return self._shown(row) if row is not None else None

    def all_of(self, viewer: Viewer) -> list[ServerSession]:
        """The app's sessions with this person, the oldest first."""
        theirs = select(GatewaySession).where(
            GatewaySession.user_id == viewer.user_id,
            GatewaySession.client_id == viewer.client_id,
            col(GatewaySession.used_at) > self._oldest(),
        )
        with unit_of_work(self.engine, read_only=True) as session:
            return [self._shown(row) for row in session.exec(theirs.order_by(col(GatewaySession.id)))]

    def end(self, session_id: str, viewer: Viewer) -> bool:
        """Ends it, with the servers that were brought; False where there is none of theirs."""
        with unit_of_work(self.engine, read_only=True) as session:
            if self._own(session, session_id, viewer) is None:
                return False
        self._remove(session_id)
        return True

    def end_expired(self) -> None:
        """Those that nobody used for long, and servers that came into one while it ended."""
        with unit_of_work(self.engine, read_only=True) as session:
            used_at = dict(session.exec(select(GatewaySession.id, GatewaySession.used_at)).all())
        owners = {one.owner for one in self.upstreams.every(None) if one.is_of_session}
        for session_id in {*used_at, *owners}:
            if session_id not in used_at or used_at[session_id] <= self._oldest():
                self._remove(session_id)

    def forget_person(self, user_id: str) -> None:
        """Ends all sessions of a person's apps."""
        with unit_of_work(self.engine, read_only=True) as session:
            theirs = session.exec(select(GatewaySession.id).where(GatewaySession.user_id == user_id)).all()
        for session_id in theirs:
            self._remove(session_id)

    def servers_of(self, viewer: Viewer) -> list[Upstream]:
        """What is in the viewer's session, by name; nothing where it is not theirs."""
        with unit_of_work(self.engine, read_only=True) as session:
            row = self._own(session, viewer.session_id, viewer)
        return self.upstreams.in_session(row.id, row.server_ids, viewer.user_id) if row is not None else []

    def bring(self, viewer: Viewer, described: Described) -> Upstream:
        """A server that the app brings into the viewer's session. Raises InvalidServerError."""
        if described.asks:
            raise InvalidServerError("A server of a session asks nobody for a credential; give headers or env.")
        if len(self.upstreams.every(viewer.session_id)) >= MOST_OWN:
            raise InvalidServerError(f"A session has at most {MOST_OWN} servers of its own.")
        return self.upstreams.enlist(described, viewer.session_id, beside=(viewer.user_id,))

    def drop(self, viewer: Viewer, server_id: str) -> None:
        """The server is in the viewer's session no more; one that was brought into it is gone."""
        if any(one.id == server_id for one in self.upstreams.every(viewer.session_id)):
            self.upstreams.remove(server_id)
            return
        with unit_of_work(self.engine) as session:
            if (row := self._own(session, viewer.session_id, viewer)) is not None:
                row.server_ids = [one for one in row.server_ids if one != server_id]
                session.add(row)

    def _own(self, session: Session, session_id: str, viewer: Viewer) -> GatewaySession | None:
        row = session.get(GatewaySession, session_id)
        if row is None or (row.user_id, row.client_id) != (viewer.user_id, viewer.client_id):
            return None
        return row if row.used_at > self._oldest() else None

    def _remove(self, session_id: str) -> None:
        """The session first: nobody brings a server into one that is gone."""
        with unit_of_work(self.engine) as session:
            if (row := session.get(GatewaySession, session_id)) is not None:
                session.delete(row)
        for upstream in self.upstreams.every(session_id):
            self.upstreams.remove(upstream.id)

    def _oldest(self) -> datetime:
        return now() - timedelta(seconds=self.rules.idle)

    def _shown(self, row: GatewaySession) -> ServerSession:
        ends_at = row.used_at + timedelta(seconds=self.rules.idle)
        return ServerSession(row.id, row.notes, row.created_at, row.used_at, ends_at)


def within(viewer: Viewer, session_id: str) -> Viewer:
    """The same app, in its session."""
    return replace(viewer, session_id=session_id)
