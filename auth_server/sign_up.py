"""Who may make an account, and accounts that come of an upstream provider's word."""

from sqlmodel import Session

from auth_server.audit import AuditKind, record
from auth_server.invitations import find_invitation, invitation_of_address, note_accepted, spend_invitation
from auth_server.models import Invitation, User
from auth_server.people import InvalidPersonError, add_user, checked_email, checked_name, normal_email
from auth_server.settings import Settings, SignUp
from shared.clock import now


class SignUpRefusedError(Exception):
    """Nobody of this identity may make an account here; the text is a sentence for people."""


def may_sign_up(session: Session, settings: Settings, email: str, *, invitation: str = "") -> bool:
    """Whether an identity whose provider verified `email` may make an account; asking spends nothing.

    `invitation` is the token of an invitation link that the person came with. Whether the address has an account
    already is another question.
    """
    if settings.sign_up is not SignUp.INVITATION:
        return settings.sign_up is SignUp.OPEN
    return _invitation_for(session, normal_email(email), invitation) is not None


def create_from_identity(
    session: Session, settings: Settings, *, email: str, provider: str, name: str = "", invitation: str = ""
) -> User:
    """The account of somebody whose upstream provider verified `email`; it has no password.

    Call it for verified addresses alone. An invitation for the address, or the one of the link, is spent. Raises
    SignUpRefusedError, and InvalidPersonError when the address has an account: whoever owns that links it themselves.
    """
    address = checked_email(email)
    if not may_sign_up(session, settings, address, invitation=invitation):
        raise SignUpRefusedError("Nobody with this identity has been invited here.")
    used = _invitation_for(session, address, invitation)
    if used is not None and not spend_invitation(session, used):
        raise SignUpRefusedError("The invitation was accepted already.")
    user = User(
        email=address,
        name=_shown_name(name),
        is_admin=used is not None and used.is_admin,
        email_verified_at=now(),
    )
    add_user(session, user)
    if used is not None:
        note_accepted(session, used, user)
    else:
        record(session, AuditKind.ACCOUNT_CREATED, user_id=user.id, provider=provider)
    return user


def _invitation_for(session: Session, address: str, token: str) -> Invitation | None:
    """The one of the link unless it names somebody else, else the one that names the address."""
    found = find_invitation(session, token) if token else None
    if found is not None and found.email in ("", address):
        return found
    return invitation_of_address(session, address)


def _shown_name(name: str) -> str:
    """A provider's word for somebody; a strange one is left out rather than refused."""
    try:
        return checked_name(name)
    except InvalidPersonError:
        return ""
