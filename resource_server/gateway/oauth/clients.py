"""What this installation is to authorization servers, as it was entered by hand or registered."""

import json
from dataclasses import asdict, dataclass, field

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from resource_server.gateway.oauth.client_identity import Client
from resource_server.gateway.oauth.errors import UnusableServerError
from resource_server.gateway.oauth.registration import Registered
from resource_server.gateway.oauth.tables import UpstreamClient
from shared.clock import now
from shared.database import unit_of_work
from shared.sealing import seal, unseal


@dataclass(frozen=True)
class EnteredClient:
    """By hand; `issuer` is empty until it was used."""

    id: str
    secret: str = field(repr=False)
    issuer: str = ""


@dataclass(frozen=True)
class KnownClient:
    """For who looks at a server; without the secret."""

    id: str
    issuer: str
    by_hand: bool


@dataclass(frozen=True)
class ClientStore:
    """`key` seals them."""

    engine: Engine
    key: bytes = field(repr=False)

    def enter(self, server_id: str, client_id: str, secret: str) -> None:
        """An administrator registered it there; it takes the place of one before."""
        with unit_of_work(self.engine) as session:
            session.exec(delete(UpstreamClient).where(col(UpstreamClient.server_id) == server_id))
            session.add(self._row(server_id, "", Client(client_id, secret), by_hand=True))

    def entered(self, server_id: str) -> EnteredClient | None:
        """The one entered by hand."""
        with unit_of_work(self.engine, read_only=True) as session:
            row = _by_hand(session, server_id)
        if row is None:
            return None
        client = self._opened(row)
        return EnteredClient(client.id, client.secret, row.issuer)

    def is_entered(self, server_id: str) -> bool:
        """Whether there is one that was entered by hand."""
        with unit_of_work(self.engine, read_only=True) as session:
            return _by_hand(session, server_id) is not None

    def every(self, server_id: str) -> list[KnownClient]:
        """All of a server."""
        with unit_of_work(self.engine, read_only=True) as session:
            rows = session.exec(select(UpstreamClient).where(UpstreamClient.server_id == server_id)).all()
        return [KnownClient(self._opened(row).id, row.issuer, row.by_hand) for row in rows]

    def bind(self, server_id: str, issuer: str) -> None:
        """The one entered by hand is used there first, and nowhere else: its secret is for one server alone.

        Raises UnusableServerError where it belongs to another.
        """
        with unit_of_work(self.engine) as session:
            row = _by_hand(session, server_id)
            if row is not None and not row.issuer:
                row.issuer = issuer
                session.add(row)
            elif row is not None and row.issuer != issuer:
                raise UnusableServerError(
                    "The client that was entered by hand belongs to another authorization server."
                )

    def registered(self, server_id: str, issuer: str, redirect_uri: str) -> Client | None:
        """The one that registered itself, if it still is one and has this way back."""
        with unit_of_work(self.engine, read_only=True) as session:
            row = session.get(UpstreamClient, (server_id, issuer))
        if row is None or row.redirect_uri != redirect_uri or (row.expires_at is not None and row.expires_at <= now()):
            return None
        return self._opened(row)

    def keep(self, server_id: str, issuer: str, redirect_uri: str, made: Registered) -> None:
        """A new registration takes the place of the one before."""
        row = self._row(server_id, issuer, made.client)
        row.redirect_uri, row.expires_at = redirect_uri, made.expires_at
        with unit_of_work(self.engine) as session:
            session.merge(row)

    def forget(self, server_id: str, issuer: str, client_id: str) -> None:
        """The authorization server does not know it any more; one entered by hand stays for who entered it."""
        with unit_of_work(self.engine) as session:
            row = session.get(UpstreamClient, (server_id, issuer))
            if row is not None and not row.by_hand and self._opened(row).id == client_id:
                session.delete(row)

    def _row(self, server_id: str, issuer: str, client: Client, *, by_hand: bool = False) -> UpstreamClient:
        sealed = seal(self.key, json.dumps(asdict(client)).encode(), _purpose(server_id))
        return UpstreamClient(server_id=server_id, issuer=issuer, by_hand=by_hand, sealed=sealed)

    def _opened(self, row: UpstreamClient) -> Client:
        return Client(**json.loads(unseal(self.key, row.sealed, _purpose(row.server_id))))


def _by_hand(session: Session, server_id: str) -> UpstreamClient | None:
    mine = UpstreamClient.server_id == server_id, col(UpstreamClient.by_hand)
    return session.exec(select(UpstreamClient).where(*mine)).first()


def _purpose(server_id: str) -> str:
    return f"upstream client of {server_id}"
