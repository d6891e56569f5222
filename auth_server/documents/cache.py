"""The rows of clients known by a document: how long they are good, who may be one, and which are forgotten (CIMD §4.4).

The row is the cache. Grants keep a copy of what mattered when they were approved, so nothing here touches them.
"""

from dataclasses import asdict
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import and_, or_
from sqlmodel import Session, col, delete, select

from auth_server.clients import IN_SIGHT, is_out_of_sight
from auth_server.documents.errors import DocumentsOffError, HostRefusedError, MalformedIdError
from auth_server.models import Client, ClientOrigin, Grant
from auth_server.oauth.metadata_document import ClientDocument, InvalidDocumentIdError, check_document_id
from auth_server.trust.host_rules import HostVerdict, host_verdict
from auth_server.trust.rules import documents_allowed
from shared.clock import now

SHORTEST, USUAL, LONGEST = timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24)
"""A document's time in the cache: at least, where the host says nothing, and at most."""

WHILE_DOWN = timedelta(hours=24)
"""How long after it was due a good document may still be used, while its host does not answer."""

MOST_UNUSED = 1000
"""Documents that never led to a grant, kept at most unless all were read lately; the oldest go first."""


def check_address(client_id: str) -> None:
    """Whether a document could lie there at all. Raises MalformedIdError."""
    try:
        check_document_id(client_id)
    except InvalidDocumentIdError as malformed:
        raise MalformedIdError(str(malformed)) from malformed


def check_trusted(session: Session, client_id: str) -> None:
    """Whether documents count here, and this one's host does. Raises DocumentError."""
    check_address(client_id)
    if not documents_allowed(session):
        raise DocumentsOffError("Apps that describe themselves by a document on the web are switched off here.")
    host = urlsplit(client_id).hostname or ""
    if host_verdict(session, host) is not HostVerdict.ALLOWED:
        raise HostRefusedError(f"Apps of {host} are not allowed here.")


def is_fresh(client: Client) -> bool:
    """Whether nothing has to be read; a client that came another way never has a document."""
    if client.origin != ClientOrigin.DOCUMENT:
        return True
    return client.document_expires_at is not None and now() < client.document_expires_at


def may_serve_while_down(client: Client | None) -> bool:
    """AS-77: a copy that was good and not withdrawn since, at most a day overdue."""
    if client is None or client.document_expires_at is None:
        return False
    return now() < client.document_expires_at + WHILE_DOWN


def keep(session: Session, client_id: str, document: ClientDocument, max_age: int | None) -> None:
    """Writes the row; one that was not made from a document stays as it is."""
    client = session.get(Client, client_id)
    if client is None:
        _forget_unused(session)
        client = Client(client_id=client_id, origin=ClientOrigin.DOCUMENT)
    elif client.origin != ClientOrigin.DOCUMENT:
        return
    for name, value in asdict(document.metadata).items():
        setattr(client, name, value)
    client.jwks, client.jwks_uri = document.jwks, document.jwks_uri
    client.document_fetched_at = now()
    client.document_expires_at = now() + _lifetime(max_age)
    session.add(client)


def withdraw(session: Session, client_id: str) -> None:
    """The host no longer serves a usable document: nobody new connects, also when the host goes down after that."""
    client = session.get(Client, client_id)
    if client is not None and client.origin == ClientOrigin.DOCUMENT:
        client.document_expires_at = None
        session.add(client)


def _lifetime(max_age: int | None) -> timedelta:
    if max_age is None:
        return USUAL
    return min(max(timedelta(seconds=min(max_age, 10**9)), SHORTEST), LONGEST)


def _forget_unused(session: Session) -> None:
    """Makes room for one more, at nobody's expense who is just being asked about one of them."""
    unused = (
        select(Client.client_id)
        .where(Client.origin == ClientOrigin.DOCUMENT, col(Client.client_id).not_in(select(Grant.client_id)))
        .where(col(Client.is_trusted).is_(False), col(Client.blocked_at).is_(None))  # an administrator said so
        .order_by(col(Client.document_fetched_at).desc())
        .offset(MOST_UNUSED - 1)
    )
    surplus = list(session.exec(unused))
    read = col(Client.document_fetched_at)
    is_idle = and_(is_out_of_sight(), or_(read.is_(None), read < now() - IN_SIGHT))
    session.exec(delete(Client).where(col(Client.client_id).in_(surplus), is_idle))
