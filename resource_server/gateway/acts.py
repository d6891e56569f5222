"""What administrators do to servers, kept until the authorization server's audit log has it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from resource_server.gateway.tables import NotedAct
from resource_server.gateway.upstream import NOBODY, Upstream
from shared.database import unit_of_work
from shared.ids import new_id
from shared.server_acts import MOST, ServerAct

Noting = Callable[[Session, Upstream], None]
"""Remembers what is done to a server, in the transaction that does it: there is never one without the other."""


def noting(act: ServerAct, user_id: str = "", client_id: str = "", person: str = "") -> Noting:
    """Remembers who did it, never what was entered; without a `user_id` it was done at the machine.

    It is for whom the server belongs to, else for `person`, else for everybody. What a person does to a server of
    their own is theirs, and not remembered.
    """

    def note(session: Session, upstream: Upstream) -> None:
        if upstream.is_of_session or (upstream.owner != NOBODY and upstream.owner == user_id):
            return
        session.add(
            NotedAct(
                id=new_id("evt"),
                act=act,
                server_id=upstream.id,
                server=upstream.name,
                transport=upstream.transport,
                user_id=user_id,
                client_id=client_id,
                person=upstream.owner or person,
            )
        )

    return note


def unnoted(_session: Session, _upstream: Upstream) -> None:
    """For what nobody has to hear of."""


@dataclass(frozen=True)
class ServerActs:
    """A queue in the database: every process, and every command, notes in it; whoever tells an act removes it."""

    engine: Engine = field(repr=False)

    def note(self, noting: Noting, upstream: Upstream) -> None:
        """Remembers an act that is no change of the server's own row, right after it."""
        with unit_of_work(self.engine) as session:
            noting(session, upstream)

    def waiting(self) -> list[NotedAct]:
        """The oldest that nobody told yet."""
        oldest = select(NotedAct).order_by(col(NotedAct.created_at), col(NotedAct.id)).limit(MOST)
        with unit_of_work(self.engine, read_only=True) as session:
            return list(session.exec(oldest))

    def told(self, acts: Sequence[NotedAct]) -> None:
        """They stand in the audit log now."""
        with unit_of_work(self.engine) as session:
            session.exec(delete(NotedAct).where(col(NotedAct.id).in_([one.id for one in acts])))
