"""One app as an administrator sees it: everything that is known of it, and where it came from."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from auth_server.administration.reach import reach
from auth_server.audit_log.audit import AuditKind
from auth_server.models import AuditEvent, Client, ClientOrigin, User
from auth_server.trust.client_administration import ListedClient, describe_client
from auth_server.trust.client_secrets import overlap_end
from shared.urls import authority


@dataclass(frozen=True)
class ClientDetails:
    """The line of the list, and what has no place there. Of where it came from only one member is not empty."""

    listed: ListedClient
    registered_from: str
    """The network that its registration came from."""
    document_host: str
    """The host that vouches for it."""
    entered_by: str
    """The administrator, or `a command`."""
    redirect_uris: tuple[str, ...]
    method: str
    has_secret: bool
    earlier_secret_until: datetime | None
    grant_types: tuple[str, ...]
    scope: str
    reach: str
    """What it may do in its own name; empty for an app that acts for people."""
    approved_at: datetime | None
    blocked_at: datetime | None
    document_fetched_at: datetime | None

    @property
    def is_service(self) -> bool:
        """Whether it acts in its own name."""
        return "client_credentials" in self.grant_types


def client_details(session: Session, client: Client) -> ClientDetails:
    """Everything about this app."""
    is_document, is_entered = (
        client.origin == origin for origin in (ClientOrigin.DOCUMENT, ClientOrigin.ADMINISTRATOR)
    )
    return ClientDetails(
        listed=describe_client(session, client),
        registered_from=client.registered_from,
        document_host=authority(urlsplit(client.client_id)) if is_document else "",
        entered_by=_entered_by(session, client) if is_entered else "",
        redirect_uris=tuple(client.redirect_uris),
        method=client.token_endpoint_auth_method,
        has_secret=client.secret_digest is not None,
        earlier_secret_until=overlap_end(client),
        grant_types=tuple(client.grant_types),
        scope=client.scope,
        reach=reach(client.details) if client.details_json else "",
        approved_at=client.approved_at,
        blocked_at=client.blocked_at,
        document_fetched_at=client.document_fetched_at,
    )


def _entered_by(session: Session, client: Client) -> str:
    """As the audit log has it."""
    created = select(AuditEvent.by).where(
        AuditEvent.kind == AuditKind.CLIENT_CREATED, AuditEvent.client_id == client.client_id
    )
    by = session.exec(created.order_by(col(AuditEvent.sequence)).limit(1)).first()
    user = session.get(User, by) if by is not None else None
    return user.email if user is not None else by or "a command"
