"""The servers an installation knows, and what they get from it, sealed under the master key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, or_, select

from resource_server.gateway.tables import AcceptedTool, UpstreamCredential, UpstreamServer
from resource_server.gateway.upstream import NOBODY, InvalidServerError, Secrets, Transport, Upstream, checked_name
from shared.database import unit_of_work
from shared.ids import new_id
from shared.sealing import seal, unseal


@dataclass(frozen=True)
class Upstreams:
    """All servers; `key` seals their secrets, each for its own server and person."""

    engine: Engine
    key: bytes

    def add(
        self,
        name: str,
        transport: Transport,
        *,
        owner: str = NOBODY,
        url: str = "",
        command: Sequence[str] = (),
        secrets: Mapping[str, str] | None = None,
        asks_person: bool = False,
    ) -> Upstream:
        """A new server. Raises InvalidServerError for a name that is taken, or none."""
        server = UpstreamServer(
            id=new_id("srv"), name=checked_name(name), owner=owner, transport=transport, url=url,
            command=list(command), asks_person=asks_person,
        )  # fmt: skip
        server.sealed = self._sealed(server.id, NOBODY, secrets) if secrets else None
        with unit_of_work(self.engine) as session:
            if session.exec(_named(name, owner)).first() is not None:
                raise InvalidServerError(f"There is a server {name!r} already.")
            session.add(server)
        return _upstream(server)

    def visible_to(self, user_id: str) -> list[Upstream]:
        """Everybody's servers and the person's own, by name; what is switched off is not among them."""
        with Session(self.engine) as session:
            theirs = or_(col(UpstreamServer.owner) == NOBODY, col(UpstreamServer.owner) == user_id)
            found = session.exec(select(UpstreamServer).where(theirs).order_by(UpstreamServer.name)).all()
            return [_upstream(one) for one in found if one.is_enabled]

    def every(self, owner: str = NOBODY) -> list[Upstream]:
        """The servers of one owner, those switched off too."""
        with Session(self.engine) as session:
            found = session.exec(select(UpstreamServer).where(UpstreamServer.owner == owner)).all()
            return sorted(map(_upstream, found), key=lambda one: one.name)

    def named(self, name: str, owner: str = NOBODY) -> Upstream | None:
        """One of an owner's servers."""
        with Session(self.engine) as session:
            found = session.exec(_named(name, owner)).first()
            return _upstream(found) if found else None

    def switch(self, server_id: str, *, is_enabled: bool) -> None:
        """On or off; nothing is forgotten."""
        with unit_of_work(self.engine) as session:
            if (server := session.get(UpstreamServer, server_id)) is not None:
                server.is_enabled = is_enabled
                session.add(server)

    def remove(self, server_id: str) -> None:
        """The server, with everything people entered for it."""
        with unit_of_work(self.engine) as session:
            for table in (AcceptedTool, UpstreamCredential):
                session.exec(delete(table).where(col(table.server_id) == server_id))
            session.exec(delete(UpstreamServer).where(col(UpstreamServer.id) == server_id))

    def enter(self, upstream: Upstream, user_id: str, secrets: Mapping[str, str]) -> None:
        """A person's own credential for a server takes the place of the one before."""
        with unit_of_work(self.engine) as session:
            found = session.get(UpstreamCredential, (upstream.id, user_id))
            sealed = self._sealed(upstream.id, user_id, secrets)
            entered = found or UpstreamCredential(server_id=upstream.id, user_id=user_id, sealed=sealed)
            entered.sealed = sealed
            session.add(entered)

    def forget(self, upstream: Upstream, user_id: str) -> None:
        """A person's credential is gone."""
        with unit_of_work(self.engine) as session:
            entered = session.get(UpstreamCredential, (upstream.id, user_id))
            if entered is not None:
                session.delete(entered)

    def secrets_for(self, upstream: Upstream, user_id: str) -> Secrets | None:
        """What goes to the server when this person calls; None where they have to enter theirs first."""
        with Session(self.engine) as session:
            server = session.get(UpstreamServer, upstream.id)
            entered = session.get(UpstreamCredential, (upstream.id, user_id))
        shared = self._opened(server.sealed, upstream.id, NOBODY) if server and server.sealed else {}
        if not upstream.asks_person:
            return Secrets(shared)
        return Secrets({**shared, **self._opened(entered.sealed, upstream.id, user_id)}) if entered else None

    def _sealed(self, server_id: str, user_id: str, secrets: Mapping[str, str]) -> bytes:
        return seal(self.key, json.dumps(dict(secrets)).encode(), _purpose(server_id, user_id))

    def _opened(self, sealed: bytes, server_id: str, user_id: str) -> dict[str, str]:
        opened: dict[str, str] = json.loads(unseal(self.key, sealed, _purpose(server_id, user_id)))
        return opened


def _purpose(server_id: str, user_id: str) -> str:
    """Names whom a credential is for: moved to another row it does not open."""
    return f"upstream credential of {server_id} for {user_id or 'everybody'}"


def _named(name: str, owner: str) -> Any:
    return select(UpstreamServer).where(UpstreamServer.name == name, UpstreamServer.owner == owner)


def _upstream(server: UpstreamServer) -> Upstream:
    return Upstream(
        id=server.id, name=server.name, owner=server.owner, transport=Transport(server.transport), url=server.url,
        command=tuple(server.command), asks_person=server.asks_person, is_enabled=server.is_enabled,
    )  # fmt: skip
