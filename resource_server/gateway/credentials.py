"""What servers get from this installation and from its people: sealed, each for one server and one person."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import select

from resource_server.gateway.checks import check_secrets
from resource_server.gateway.tables import UpstreamCredential, UpstreamServer
from resource_server.gateway.upstream import NOBODY, InvalidServerError, Secrets, Upstream
from shared.database import unit_of_work
from shared.ids import new_id
from shared.sealing import seal, unseal


@dataclass(frozen=True)
class Credentials:
    """`key` seals them."""

    engine: Engine
    key: bytes

    def enter(self, upstream: Upstream, user_id: str, secrets: Mapping[str, str]) -> None:
        """A person's own take the place of those before. Raises InvalidServerError for any other than it asks for."""
        if set(secrets) != set(upstream.asks):
            raise InvalidServerError(
                f"{upstream.name} asks each person for {' and '.join(upstream.asks)}."
                if upstream.asks
                else f"{upstream.name} asks nobody for a credential of their own."
            )
        check_secrets(upstream.transport, secrets)
        with unit_of_work(self.engine) as session:
            found = session.get(UpstreamCredential, (upstream.id, user_id))
            entered = found or UpstreamCredential(server_id=upstream.id, user_id=user_id, sealed=b"", revision="")
            entered.sealed, entered.revision = self.sealed(upstream.id, user_id, secrets), new_id("rev")
            session.add(entered)

    def forget(self, upstream: Upstream, user_id: str) -> None:
        """A person's are gone."""
        with unit_of_work(self.engine) as session:
            entered = session.get(UpstreamCredential, (upstream.id, user_id))
            if entered is not None:
                session.delete(entered)

    def people_of(self, upstream: Upstream) -> frozenset[str]:
        """The ids of those who entered theirs."""
        with unit_of_work(self.engine, read_only=True) as session:
            theirs = select(UpstreamCredential.user_id).where(UpstreamCredential.server_id == upstream.id)
            return frozenset(session.exec(theirs).all())

    def secrets_for(self, upstream: Upstream, user_id: str) -> Secrets | None:
        """What goes to the server when this person calls; None where they have to enter theirs first."""
        with unit_of_work(self.engine, read_only=True) as session:
            server = session.get(UpstreamServer, upstream.id)
            entered = session.get(UpstreamCredential, (upstream.id, user_id))
        shared = self.opened(server.sealed, upstream.id, NOBODY) if server and server.sealed else {}
        if not upstream.asks_person:
            return Secrets(shared)
        return Secrets({**shared, **self.opened(entered.sealed, upstream.id, user_id)}) if entered else None

    def sent_to(self, upstream: Upstream) -> dict[str, str]:
        """What everybody's calls carry."""
        with unit_of_work(self.engine, read_only=True) as session:
            server = session.get(UpstreamServer, upstream.id)
        return self.opened(server.sealed, upstream.id, NOBODY) if server and server.sealed else {}

    def sealed(self, server_id: str, user_id: str, secrets: Mapping[str, str]) -> bytes:
        """For this server and person alone."""
        return seal(self.key, json.dumps(dict(secrets)).encode(), _purpose(server_id, user_id))

    def opened(self, sealed: bytes, server_id: str, user_id: str) -> dict[str, str]:
        """Raises SealBrokenError for what was sealed for another."""
        opened: dict[str, str] = json.loads(unseal(self.key, sealed, _purpose(server_id, user_id)))
        return opened


def _purpose(server_id: str, user_id: str) -> str:
    """Names whom a credential is for: moved to another row it does not open."""
    return f"upstream credential of {server_id} for {user_id or 'everybody'}"
