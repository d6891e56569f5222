"""Invitations: a link that makes one account, for somebody an administrator names or hands it to."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select, update

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import Invitation, User
from auth_server.people import InvalidPersonError, checked_email, create_user, find_user
from auth_server.settings import Settings, SignUp
from shared.clock import now
from shared.secrets import digest, new_secret

PREFIX = "inv"
PATH = "/invitation"
LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class NewInvitation:
    """An invitation that was just made, and its link, which nobody sees again."""

    invitation: Invitation
    link: str = field(repr=False)


def invite(
    session: Session,
    settings: Settings,
    email: str = "",
    *,
    is_admin: bool = False,
    by: str | None = None,
    lifetime: timedelta = LIFETIME,
) -> NewInvitation:
    """A link for `email`, or with an empty one for whoever gets it; `by` is the administrator, None for a command.

    An earlier invitation of the same address ends. Raises InvalidPersonError for an address that is none or has an
    account, and where nobody may make an account.
    """
    address = _free_address(session, settings, email) if email.strip() else ""
    if settings.sign_up is SignUp.OFF:
        raise InvalidPersonError("email", "Nobody may make an account here: OSTIARY_AUTH_SIGN_UP is off.")
    secret = new_secret(PREFIX)
    invitation = Invitation(
        digest=digest(secret), email=address, is_admin=is_admin, invited_by=by, expires_at=now() + lifetime
    )
    session.add(invitation)
    session.flush()
    record(session, AuditKind.PERSON_INVITED, by=by, invitation=invitation.id, is_admin=is_admin)
    return NewInvitation(invitation, f"{settings.issuer}{PATH}?token={secret}")


def open_invitations(session: Session) -> list[Invitation]:
    """Those that can still be accepted, newest first."""
    return list(session.exec(select(Invitation).where(_is_open()).order_by(col(Invitation.created_at).desc())))


def revoke_invitation(session: Session, invitation_id: str, *, by: str | None = None) -> bool:
    """Ends an open invitation; False when there is none of that id."""
    revoked = session.exec(
        update(Invitation).where(col(Invitation.id) == invitation_id, _is_open()).values(revoked_at=now())
    )
    if revoked.rowcount != 1:
        return False
    record(session, AuditKind.INVITATION_REVOKED, by=by, invitation=invitation_id)
    return True


def end_invitations_of(session: Session, user_id: str, *, by: str | None = None) -> None:
    """Nobody gives rights they do not have any more (AS-65): ends the open invitations this administrator made."""
    made = select(Invitation.id).where(Invitation.invited_by == user_id, _is_open())
    for invitation_id in session.exec(made).all():
        revoke_invitation(session, invitation_id, by=by)


def find_invitation(session: Session, token: str) -> Invitation | None:
    """The open invitation of this link; looking does not spend it."""
    return session.exec(select(Invitation).where(Invitation.digest == digest(token), _is_open())).one_or_none()


def invitation_of_address(session: Session, email: str) -> Invitation | None:
    """The open invitation that names this address."""
    named = select(Invitation).where(Invitation.email == email, _is_open()).order_by(col(Invitation.created_at).desc())
    return session.exec(named).first()


def accept_invitation(session: Session, token: str, email: str, password: str, name: str = "") -> User | None:
    """The new account; None for a link that is not good any more. The database lets exactly one caller through.

    An invitation that names an address makes an account for that one, whatever `email` says. Raises
    InvalidPersonError; the transaction must then roll back, so that the link stays good.
    """
    invitation = find_invitation(session, token)
    if invitation is None or not spend_invitation(session, invitation):
        return None
    user = create_user(
        session,
        invitation.email or email,
        password,
        invitation.is_admin,
        name=name,
        email_verified_at=vouched_at(invitation),
    )
    note_accepted(session, invitation, user)
    return user


def spend_invitation(session: Session, invitation: Invitation) -> bool:
    """True for exactly one caller."""
    spent = session.exec(
        update(Invitation).where(col(Invitation.id) == invitation.id, _is_open()).values(accepted_at=now())
    )
    return bool(spent.rowcount == 1)


def note_accepted(session: Session, invitation: Invitation, user: User) -> None:
    """Who came of it."""
    session.exec(update(Invitation).where(col(Invitation.id) == invitation.id).values(user_id=user.id))
    by = invitation.invited_by
    record(session, AuditKind.ACCOUNT_CREATED, user_id=user.id, by=by, invitation=invitation.id, is_admin=user.is_admin)


def vouched_at(invitation: Invitation) -> datetime | None:
    """An address that the administrator named is the person's by the administrator's word; one typed in is nobody's."""
    return now() if invitation.email else None


def _free_address(session: Session, settings: Settings, email: str) -> str:
    address = checked_email(email)
    if find_user(session, address) is not None:
        raise InvalidPersonError("email", "Somebody already signs in with this e-mail address.")
    earlier = invitation_of_address(session, address)
    if earlier is not None and settings.sign_up is not SignUp.OFF:
        revoke_invitation(session, earlier.id)
    return address


def _is_open() -> ColumnElement[bool]:
    return and_(
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
        col(Invitation.expires_at) > now(),
    )
