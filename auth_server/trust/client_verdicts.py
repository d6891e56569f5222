"""What an administrator says of an app: approved, so that nobody is warned of it; or blocked, so that nothing works."""

from sqlmodel import Session, col, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.grants import GrantState, announce_grant
from auth_server.models import Client, ClientOrigin, Grant
from shared.clock import now


class NothingToApproveError(ValueError):
    """The app is known by more than its own word; the text is a sentence for people."""

    def __init__(self) -> None:
        super().__init__("Only an app that registered itself can be approved; this one is known without it.")


def approve_client(session: Session, client: Client, *, by: str | None = None) -> None:
    """People read that you approved the app, until it changes what it says of itself; twice changes nothing.

    Raises NothingToApproveError.
    """
    if client.origin != ClientOrigin.REGISTERED:
        raise NothingToApproveError
    if client.approved_at is not None:
        return
    client.approved_at = now()
    session.add(client)
    record(session, AuditKind.CLIENT_APPROVED, client_id=client.client_id, by=by)


def disapprove_client(session: Session, client: Client, *, by: str | None = None) -> None:
    """Takes the approval back; what people allowed the app stays."""
    if client.approved_at is None:
        return
    client.approved_at = None
    session.add(client)
    record(session, AuditKind.CLIENT_CHANGED, client_id=client.client_id, by=by, is_approved=False)


def block_client(session: Session, client: Client, *, by: str | None = None) -> None:
    """Nothing of the app works any more, within seconds; what people allowed it is kept. Twice changes nothing."""
    if client.blocked_at is not None:
        return
    client.blocked_at = now()
    _tell(session, client, AuditKind.CLIENT_BLOCKED, by)


def unblock_client(session: Session, client: Client, *, by: str | None = None) -> None:
    """What people allowed the app counts again; twice changes nothing."""
    if client.blocked_at is None:
        return
    client.blocked_at = None
    _tell(session, client, AuditKind.CLIENT_UNBLOCKED, by)


def _tell(session: Session, client: Client, kind: AuditKind, by: str | None) -> None:
    """Resource servers ask again about everything the app holds."""
    session.add(client)
    held = select(Grant).where(Grant.client_id == client.client_id, col(Grant.revoked_at).is_(None))
    for grant in session.exec(held):
        if grant.is_live():
            announce_grant(session, grant, GrantState.EDITED)
    record(session, kind, client_id=client.client_id, by=by)
