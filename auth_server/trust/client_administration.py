"""Clients as an administrator sees them: listed with what they hold, and vouched for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.client_identity import display_name, redirect_target
from auth_server.models import Client, ClientOrigin, Grant
from shared.clock import now


@dataclass(frozen=True)
class ListedClient:
    """One line of the list of clients; `redirects` are hosts and schemes, in the order they were registered."""

    client_id: str
    name: str
    origin: ClientOrigin
    redirects: tuple[str, ...]
    live_grants: int
    is_trusted: bool
    is_approved: bool
    is_blocked: bool
    created_at: datetime


def list_clients(session: Session) -> list[ListedClient]:
    """Every client that is known, newest first."""
    newest_first = col(Client.created_at).desc(), col(Client.client_id)
    clients = session.exec(select(Client).where(is_listed()).order_by(*newest_first))
    return describe_clients(session, clients.all())


def is_listed() -> ColumnElement[bool]:
    """A condition on clients: apps, which this Ostiary's own pages are not."""
    return col(Client.origin) != ClientOrigin.OWN_PAGES


def describe_clients(session: Session, clients: Sequence[Client]) -> list[ListedClient]:
    """Their lines, with one question for all of them."""
    counted = select(Grant.client_id, func.count()).where(*_are_live()).group_by(col(Grant.client_id))
    live = dict(session.exec(counted).all())
    return [_listed(client, live.get(client.client_id, 0)) for client in clients]


def describe_client(session: Session, client: Client) -> ListedClient:
    """The one line of this client."""
    counted = select(func.count()).where(Grant.client_id == client.client_id, *_are_live())
    return _listed(client, session.exec(counted).one())


def trust_client(session: Session, client: Client, *, by: str | None = None) -> None:
    """Lets the client ask with prompt=none (OIDC Core §3.1.2.6)."""
    _vouch(session, client, True, by)


def distrust_client(session: Session, client: Client, *, by: str | None = None) -> None:
    """Takes back what `trust_client` lent; what people allowed the client stays."""
    _vouch(session, client, False, by)


def _vouch(session: Session, client: Client, is_trusted: bool, by: str | None) -> None:
    client.is_trusted = is_trusted
    session.add(client)
    record(session, AuditKind.CLIENT_CHANGED, client_id=client.client_id, by=by, is_trusted=is_trusted)


def _are_live() -> tuple[ColumnElement[bool], ...]:
    """Of the grants those that apps can use now."""
    return (
        col(Grant.activated_at).is_not(None),
        col(Grant.revoked_at).is_(None),
        col(Grant.expires_at) > now(),
    )


def _listed(client: Client, live_grants: int) -> ListedClient:
    return ListedClient(
        client_id=client.client_id,
        name=display_name(client),
        origin=ClientOrigin(client.origin),
        redirects=tuple(dict.fromkeys(redirect_target(uri).shown for uri in client.redirect_uris)),
        live_grants=live_grants,
        is_trusted=client.is_trusted,
        is_approved=client.approved_at is not None,
        is_blocked=client.blocked_at is not None,
        created_at=client.created_at,
    )
