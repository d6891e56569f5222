"""The servers an installation knows, and what they get from it, sealed under the master key."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Engine, and_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, or_, select, update

from resource_server.gateway.acts import Noting, unnoted
from resource_server.gateway.checks import check_names, check_secrets
from resource_server.gateway.credentials import Credentials
from resource_server.gateway.described import Described
from resource_server.gateway.given import forget_all_of_person, forget_all_of_server, given_revisions
from resource_server.gateway.shaping import Shaping
from resource_server.gateway.tables import AcceptedTool, PinnedTool, UpstreamServer
from resource_server.gateway.upstream import NOBODY, AsSeen, NameTakenError, Secrets, Transport, Upstream
from shared.clock import epoch, now
from shared.database import unit_of_work
from shared.ids import new_id


@dataclass(frozen=True)
class Upstreams:
    """All servers; `key` seals their secrets, each for its own server and person."""

    engine: Engine
    key: bytes

    @property
    def credentials(self) -> Credentials:
        """What people entered."""
        return Credentials(self.engine, self.key)

    def add(
        self,
        name: str,
        transport: Transport,
        *,
        owner: str = NOBODY,
        url: str = "",
        command: Sequence[str] = (),
        secrets: Mapping[str, str] | None = None,
        asks: Sequence[str] = (),
    ) -> Upstream:
        """A new server, from its parts. Raises as `enlist` does."""
        return self.enlist(Described(name, transport, url, tuple(command), secrets or {}, tuple(asks)), owner)

    def enlist(
        self,
        described: Described,
        owner: str = NOBODY,
        origin: str = "",
        beside: Sequence[str] = (),
        noting: Noting = unnoted,
    ) -> Upstream:
        """A new server. Raises InvalidServerError for a name that is taken, and for what `checks` refuses.

        No server of one person's own has the name of one that is for everybody: a grant knows servers by their names.
        `beside` are further owners none of whose servers may have the name.
        """
        server = UpstreamServer(
            id=new_id("srv"), name=described.name, owner=owner, transport="", origin=origin, revision="",
            is_enabled=described.is_enabled is not False,
        )  # fmt: skip
        self._describe(server, described)
        taken = NameTakenError(described.name)
        try:
            with unit_of_work(self.engine) as session:
                if session.exec(_named(described.name, NOBODY, owner, *beside)).first() is not None:
                    raise taken
                session.add(server)
                noting(session, _upstream(server))
        except IntegrityError as cause:
            raise taken from cause
        return _upstream(server)

    def change(self, upstream: Upstream, described: Described, noting: Noting = unnoted) -> None:
        """Another description; where it leads to somebody else, what people entered is forgotten.

        Raises InvalidServerError.
        """
        with unit_of_work(self.engine) as session:
            server = session.get_one(UpstreamServer, upstream.id)
            before = _leads_to(server), server.asks
            self._describe(server, described)
            if described.is_enabled is not None:
                server.is_enabled = described.is_enabled
            session.add(server)
            noting(session, upstream)
            if before != (_leads_to(server), server.asks):
                server.oauth = None
                forget_all_of_server(session, server.id)

    def is_as(self, upstream: Upstream, described: Described) -> bool:
        """Whether a change to this description would change anything."""
        now = (upstream.transport, upstream.url, upstream.command, self.credentials.sent_to(upstream), upstream.asks)
        then = (described.transport, described.url, described.command, dict(described.secrets), described.asks)
        return now == then and described.is_enabled in (None, upstream.is_enabled)

    def visible_to(self, user_id: str) -> list[Upstream]:
        """Everybody's servers and the person's own, by name; what is switched off is not among them.

        A name of everybody's, switched off or not, is no name of anybody's own.
        """
        return self._visible(or_(col(UpstreamServer.owner) == NOBODY, col(UpstreamServer.owner) == user_id), user_id)

    def in_session(self, session_id: str, server_ids: Collection[str], user_id: str) -> list[Upstream]:
        """Those of everybody's that are named by their ids, and the session's own, as the person sees them."""
        named = and_(col(UpstreamServer.owner) == NOBODY, col(UpstreamServer.id).in_(server_ids))
        return self._visible(or_(named, col(UpstreamServer.owner) == session_id), user_id)

    def _visible(self, whose: ColumnElement[bool], user_id: str) -> list[Upstream]:
        with unit_of_work(self.engine, read_only=True) as session:
            found = session.exec(select(UpstreamServer).where(whose).order_by(UpstreamServer.name)).all()
            revisions = given_revisions(session, [one.id for one in found], [user_id])
            reserved = {one.name for one in found if one.owner == NOBODY}
            return [
                _upstream(one, revisions.get((one.id, user_id), ""))
                for one in found
                if one.is_enabled and (one.owner == NOBODY or one.name not in reserved)
            ]

    def every(self, owner: str | None = NOBODY) -> list[Upstream]:
        """The servers of one owner, or with None of all, those switched off too."""
        whose = select(UpstreamServer) if owner is None else select(UpstreamServer).where(UpstreamServer.owner == owner)
        with unit_of_work(self.engine, read_only=True) as session:
            return sorted(map(_upstream, session.exec(whose).all()), key=lambda one: (one.name, one.owner))

    def revisions(self, people: Collection[str]) -> frozenset[tuple[object, ...]]:
        """Something else after each change of any server, or of what one of these people gave."""
        columns = select(UpstreamServer.id, UpstreamServer.revision, UpstreamServer.is_enabled)
        with unit_of_work(self.engine, read_only=True) as session:
            servers = [tuple(row) for row in session.exec(columns)]
            return frozenset({*servers, *given_revisions(session, [str(row[0]) for row in servers], people).items()})

    def stale(self, known: Collection[AsSeen]) -> frozenset[AsSeen]:
        """Those of them that are not so any more, or gone."""
        servers, people = {server for server, _, _ in known}, {person for _, person, _ in known}
        on = select(UpstreamServer).where(col(UpstreamServer.id).in_(servers), col(UpstreamServer.is_enabled))
        with unit_of_work(self.engine, read_only=True) as session:
            revisions = {one.id: one.revision for one in session.exec(on)}
            entered = given_revisions(session, servers, people)
        return frozenset(one for one in known if one[2] != f"{revisions.get(one[0])} {entered.get(one[:2], '')}")

    def named(self, name: str, owner: str = NOBODY) -> Upstream | None:
        """One of an owner's servers."""
        with unit_of_work(self.engine, read_only=True) as session:
            found = session.exec(_named(name, owner)).first()
            return _upstream(found) if found else None

    def switch(self, server_id: str, *, is_enabled: bool, noting: Noting = unnoted) -> None:
        """On or off; nothing is forgotten."""
        with unit_of_work(self.engine) as session:
            if (server := session.get(UpstreamServer, server_id)) is not None:
                server.is_enabled, server.revision = is_enabled, new_id("rev")
                session.add(server)
                noting(session, _upstream(server))

    def remove(self, server_id: str, noting: Noting = unnoted) -> None:
        """The server, with everything people entered for it; one of a person's own that it hid is named so now."""
        with unit_of_work(self.engine) as session:
            _unhide(session, server_id)
            if (server := session.get(UpstreamServer, server_id)) is not None:
                noting(session, _upstream(server))
            for table in (AcceptedTool, PinnedTool):
                session.exec(delete(table).where(col(table.server_id) == server_id))
            forget_all_of_server(session, server_id)
            session.exec(delete(UpstreamServer).where(col(UpstreamServer.id) == server_id))

    def forget_person(self, user_id: str) -> None:
        """Nothing is left of a person: neither their servers, nor what they entered or accepted."""
        for upstream in self.every(user_id):
            self.remove(upstream.id)
        with unit_of_work(self.engine) as session:
            forget_all_of_person(session, user_id)
            session.exec(delete(AcceptedTool).where(col(AcceptedTool.viewer) == user_id))

    def send(self, upstream: Upstream, secrets: Mapping[str, str], noting: Noting = unnoted) -> None:
        """What everybody's calls carry takes the place of what they carried. Raises InvalidServerError."""
        check_secrets(upstream.transport, secrets)
        check_names(upstream.transport, [*secrets, *upstream.asks])
        with unit_of_work(self.engine) as session:
            server = session.get_one(UpstreamServer, upstream.id)
            server.sealed = self.credentials.sealed(server.id, NOBODY, secrets) if secrets else None
            server.revision = new_id("rev")
            session.add(server)
            noting(session, upstream)

    def enter(self, upstream: Upstream, user_id: str, secrets: Mapping[str, str]) -> None:
        """A person's own credential takes the place of the one before. Raises InvalidServerError."""
        self.credentials.enter(upstream, user_id, secrets)

    def forget(self, upstream: Upstream, user_id: str) -> None:
        """A person's credential is gone."""
        self.credentials.forget(upstream, user_id)

    def secrets_for(self, upstream: Upstream, user_id: str) -> Secrets | None:
        """What goes to the server when this person calls; None where they have to enter theirs first."""
        return self.credentials.secrets_for(upstream, user_id)

    def _describe(self, server: UpstreamServer, described: Described) -> None:
        described.check()
        server.transport, server.url = described.transport, described.url
        server.command, server.asks = list(described.command), list(described.asks)
        secrets = described.secrets
        server.sealed = self.credentials.sealed(server.id, NOBODY, secrets) if secrets else None
        server.revision = new_id("rev")


def _leads_to(server: UpstreamServer) -> tuple[str, ...]:
    parts = urlsplit(server.url)
    return server.transport, parts.scheme, parts.netloc, *server.command


def _unhide(session: Session, server_id: str) -> None:
    """Whoever decided about the name meanwhile meant everybody's."""
    server = session.get(UpstreamServer, server_id)
    if server is not None and server.owner == NOBODY:
        others = update(UpstreamServer).where(
            col(UpstreamServer.name) == server.name, col(UpstreamServer.id) != server_id
        )
        session.exec(others.values(named_at=now()))


def _named(name: str, *owners: str) -> Any:
    return select(UpstreamServer).where(UpstreamServer.name == name, col(UpstreamServer.owner).in_(owners))


def _upstream(server: UpstreamServer, entered: str = "") -> Upstream:
    return Upstream(
        id=server.id, name=server.name, owner=server.owner, transport=Transport(server.transport), url=server.url,
        command=tuple(server.command), asks=tuple(server.asks), origin=server.origin, is_enabled=server.is_enabled,
        revision=f"{server.revision} {entered}", uses_oauth=server.oauth is not None,
        named_at=epoch(server.named_at), shaping=Shaping.read(server.shapes),
    )  # fmt: skip
