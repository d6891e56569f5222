"""Clients: finding them, ending what they hold, and forgetting those that never led to anything."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, delete, func, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.grants import revoke_grant
from auth_server.models import Client, ClientOrigin, Grant
from shared.clock import now

MAX_CLIENT_ID_LENGTH = 2000
UNSEEN_LIFETIME = timedelta(hours=1)
UNUSED_LIFETIME = timedelta(days=30)
SHOWING_NOTED_AGAIN = timedelta(minutes=5)
IN_SIGHT = timedelta(minutes=20)
"""How long a client is spared after a note that a person saw its page: as long as the form of the last one is good."""


def find_client(session: Session, client_id: str | None) -> Client | None:
    """The client, or None for an id that is unknown or cannot be one."""
    if not client_id or len(client_id) > MAX_CLIENT_ID_LENGTH or not client_id.isprintable():
        return None
    return session.get(Client, client_id)


def end_grants(session: Session, client: Client, reason: str) -> None:
    """Ends every grant of the client; the change feed says so in the same transaction."""
    for grant in session.exec(select(Grant).where(Grant.client_id == client.client_id)):
        revoke_grant(session, grant, reason)
    session.flush()


def delete_client(session: Session, client: Client, *, by: str | None = None) -> None:
    """Its grants end with it; `by` is the administrator who did it, None when the client itself or a command did."""
    end_grants(session, client, "client_deleted")
    record(session, AuditKind.CLIENT_DELETED, client_id=client.client_id, by=by)
    session.delete(client)


def note_shown(session: Session, client_id: str) -> None:
    """A person looks at the client's page: a registration that comes so far is kept, and nobody loses it meanwhile."""
    client = session.get(Client, client_id)
    if client is not None:
        client.consent_shown_at = now()
        session.add(client)


def is_noted(client: Client) -> bool:
    """Whether it was shown a moment ago, so that nothing has to be written."""
    return client.consent_shown_at is not None and now() < client.consent_shown_at + SHOWING_NOTED_AGAIN


def is_out_of_sight() -> ColumnElement[bool]:
    """A condition on clients: nobody has a page about them open that could still be answered."""
    shown = col(Client.consent_shown_at)
    return or_(shown.is_(None), shown < now() - IN_SIGHT)


def forget_unused_clients(session: Session, lifetime: timedelta = UNUSED_LIFETIME) -> int:
    """Self-registered clients die an hour after they never reached consent, 30 days after they never held a grant.

    Clients keep registering anew; those that hold or held a grant are never counted among the unused, and neither are
    those an administrator said something of. Clients known by a document are a cache with rules of its own.
    Gives how many went.
    """
    return session.exec(delete(Client).where(is_unused(lifetime))).rowcount


def count_unused_clients(session: Session, lifetime: timedelta = UNUSED_LIFETIME) -> int:
    """How many would go."""
    return session.exec(select(func.count()).select_from(Client).where(is_unused(lifetime))).one()


def clean_up_clients(session: Session, lifetime: timedelta, *, by: str | None = None) -> int:
    """What happens by itself in time, now and for whatever nobody connected within `lifetime`; gives how many went."""
    gone = forget_unused_clients(session, lifetime)
    record(session, AuditKind.CLIENTS_CLEANED_UP, by=by, clients=gone)
    return gone


def is_unused(lifetime: timedelta = UNUSED_LIFETIME) -> ColumnElement[bool]:
    """A condition on clients: registered by themselves, never held a grant in `lifetime`, and in nobody's sight."""
    unseen = and_(col(Client.consent_shown_at).is_(None), col(Client.created_at) < now() - UNSEEN_LIFETIME)
    return and_(
        col(Client.origin) == ClientOrigin.REGISTERED,
        col(Client.is_trusted).is_(False),
        col(Client.approved_at).is_(None),
        col(Client.blocked_at).is_(None),
        or_(unseen, col(Client.created_at) < now() - lifetime),
        is_out_of_sight(),
        col(Client.client_id).not_in(select(Grant.client_id)),
    )
