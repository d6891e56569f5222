"""Who may make an account: with an address that a link proved, or by an upstream provider's word."""

from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.mail.letters import Letter, already_signed_up_letter, sign_up_letter
from auth_server.membership.invitations import find_invitation, invitation_of_address, note_accepted, spend_invitation
from auth_server.membership.one_time_links import Purpose, find_link, issue_link, spend_link
from auth_server.models import Invitation, User
from auth_server.people import (
    InvalidPersonError,
    add_user,
    checked_email,
    checked_name,
    create_user,
    find_user,
    normal_email,
)
from auth_server.services import Services
from auth_server.settings import Settings, SignUp
from shared.clock import now
from shared.database import unit_of_work


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
    # Letters such as the Kelvin sign are folded into those of ASCII: then the provider proved another address.
    is_proven = address.isascii() == email.isascii()
    if not is_proven or not may_sign_up(session, settings, address, invitation=invitation):
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


def write_sign_up_letter(services: Services, email: str) -> Letter:
    """The link to the address, or word that it has an account. Run it behind the answer, which must not tell."""
    settings = services.settings
    with unit_of_work(services.engine) as session:
        if find_user(session, email) is not None:
            return already_signed_up_letter(email, f"{settings.issuer}/login", settings.issuer)
        link = issue_link(session, settings, Purpose.SIGN_UP, email=email)
    return sign_up_letter(email, link, settings.issuer)


def sign_up(session: Session, token: str, password: str, name: str = "") -> User | None:
    """The account for the address that the link proved; None for a dead link.

    There is no account before, so nothing can be done with an address that nobody proved. Raises InvalidPersonError;
    the transaction must then roll back, so that the link stays good.
    """
    link = find_link(session, token, Purpose.SIGN_UP)
    if link is None or not spend_link(session, link):
        return None
    user = create_user(session, link.email, password, name=name, email_verified_at=now())
    record(session, AuditKind.ACCOUNT_CREATED, user_id=user.id)
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
