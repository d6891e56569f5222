"""MCP sessions that outlive a process: signed ids, and a table of those that ended (MCP, session management)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Engine, delete, func, update
from sqlmodel import Session, col, select

from resource_server.context.caller import Caller
from resource_server.models import McpSession
from shared.clock import epoch, now
from shared.database import unit_of_work
from shared.ids import new_id

TOMBSTONE = timedelta(hours=1)


@dataclass(frozen=True)
class SessionFacts:
    """What the id itself says, so that any process can greet the client again."""

    id: str
    version: str
    capabilities: int
    expires_at: int


@dataclass(frozen=True)
class OpenedSession:
    """A new session, and the ids of those of the same person and app that had to end for it."""

    facts: SessionFacts
    signed_id: str
    ended: tuple[str, ...]


class Sessions:
    """An id names a session and proves nothing: every request is authorized by its token alone.

    One person holds at most `per_user` of them, and one app of theirs at most `per_app`.
    """

    def __init__(self, engine: Engine, key: bytes, *, lifetime: int, per_app: int, per_user: int) -> None:
        self._engine = engine
        self._key = key
        self._lifetime = timedelta(seconds=lifetime)
        self._per_app = per_app
        self.per_user = per_user

    def open(self, owner: Caller, version: str, capabilities: int) -> OpenedSession | None:
        """A new session of `owner`, for which the app's own oldest end; None where another app's would have to."""
        expires_at = now() + self._lifetime
        row = McpSession(id=new_id("mcs"), user_id=owner.user_id, client_id=owner.client_id, expires_at=expires_at)
        with unit_of_work(self._engine) as session:
            self._forget_old(session)
            surplus = self._surplus(session, owner)
            if surplus is None:
                return None
            for old in surplus:
                old.ended_at = now()
            session.add(row)
        facts = SessionFacts(row.id, version, capabilities, epoch(expires_at))
        return OpenedSession(facts, self._sign(facts, owner), tuple(old.id for old in surplus))

    def read(self, signed_id: str, caller: Caller) -> SessionFacts | None:
        """The facts of a live session of this very caller; forged, foreign, expired and ended ids are all None."""
        try:
            facts = SessionFacts(*self._signer(caller).loads(signed_id))
        except (BadData, TypeError):
            return None
        return facts if facts.expires_at > epoch(now()) and self._is_live(facts.id) else None

    def end(self, facts: SessionFacts) -> None:
        """Leaves the tombstone that every process sees."""
        with unit_of_work(self._engine) as session:
            session.execute(update(McpSession).where(col(McpSession.id) == facts.id).values(ended_at=now()))

    def end_all_of(self, user_id: str) -> int:
        """Ends every live session of a person; gives how many there were."""
        with unit_of_work(self._engine) as session:
            live = (col(McpSession.user_id) == user_id, col(McpSession.ended_at).is_(None))
            ended = session.execute(update(McpSession).where(*live).values(ended_at=now()))
        return int(ended.rowcount)  # type: ignore[attr-defined]  # a cursor's result

    def ended_since(self, moment: datetime) -> list[tuple[str, str]]:
        """The sessions that were ended, in any process, at this moment or after it: the person, and the id."""
        with unit_of_work(self._engine, read_only=True) as session:
            ended = select(McpSession.user_id, McpSession.id).where(col(McpSession.ended_at) >= moment)
            return list(session.exec(ended))

    def check(self) -> int:
        """How many sessions are live; raises whatever the database raises when it does not answer."""
        with unit_of_work(self._engine, read_only=True) as session:
            count = select(func.count()).select_from(McpSession)
            live = count.where(col(McpSession.ended_at).is_(None), col(McpSession.expires_at) > now())
            return session.exec(live).one()

    def _forget_old(self, session: Session) -> None:
        """An id without a row is not live: a tombstone is needed only until every process has heard of the end."""
        session.execute(delete(McpSession).where(col(McpSession.expires_at) <= now()))
        session.execute(delete(McpSession).where(col(McpSession.ended_at) <= now() - TOMBSTONE))

    def _surplus(self, session: Session, owner: Caller) -> list[McpSession] | None:
        """The app's sessions that must end to make room for one more; None when they are too few."""
        live = select(McpSession).where(McpSession.user_id == owner.user_id, col(McpSession.ended_at).is_(None))
        oldest_first = session.exec(live.order_by(col(McpSession.id))).all()
        own = [row for row in oldest_first if row.client_id == owner.client_id]
        too_many = max(len(own) + 1 - self._per_app, len(oldest_first) + 1 - self.per_user, 0)
        return own[:too_many] if too_many <= len(own) else None

    def _is_live(self, session_id: str) -> bool:
        with unit_of_work(self._engine, read_only=True) as session:
            row = session.get(McpSession, session_id)
        return row is not None and row.ended_at is None

    def _sign(self, facts: SessionFacts, owner: Caller) -> str:
        return str(self._signer(owner).dumps([facts.id, facts.version, facts.capabilities, facts.expires_at]))

    def _signer(self, owner: Caller) -> URLSafeSerializer:
        """The owner is part of the key: with another's id, or at another address, the signature is simply wrong.

        Person and app, not the grant: a client that steps up to more scope gets a new grant and keeps its session.
        """
        salt = f"mcp session {owner.user_id} {owner.client_id}" + (f" at {owner.server}" if owner.server else "")
        return URLSafeSerializer(self._key, salt, signer_kwargs={"key_derivation": "hmac", "digest_method": sha256})
