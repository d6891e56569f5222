"""What people change about their own account: what they are called, and the address they sign in with."""

from dataclasses import dataclass

from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.mail.letters import (
    Letter,
    address_changed_letter,
    address_changing_letter,
    address_taken_letter,
    new_address_letter,
)
from auth_server.membership.one_time_links import Purpose, find_link, issue_link, spend_link
from auth_server.models import User
from auth_server.people import InvalidPersonError, checked_name, find_user
from auth_server.services import Services
from auth_server.settings import Settings
from shared.clock import now
from shared.database import unit_of_work


@dataclass(frozen=True)
class ChangedAddress:
    """The new address, and the letter to the old one."""

    email: str
    notice: Letter


def rename(session: Session, user_id: str, name: str) -> None:
    """What the person is called from now on. Raises InvalidPersonError."""
    user = session.get_one(User, user_id)
    user.name = checked_name(name)
    record(session, AuditKind.ACCOUNT_CHANGED, user_id=user.id, what="name")


def write_new_address_letter(services: Services, user_id: str, email: str) -> Letter | None:
    """The link that proves the new address, or word that it is taken. Run it behind the answer, which must not tell."""
    with unit_of_work(services.engine) as session:
        if session.get(User, user_id) is None:
            return None
        if find_user(session, email) is not None:
            return address_taken_letter(email, services.settings.issuer)
        link = issue_link(session, services.settings, Purpose.NEW_ADDRESS, email=email, user_id=user_id)
    return new_address_letter(email, link, services.settings.issuer)


def changing_notice(settings: Settings, old: str, new: str) -> Letter:
    """The old address hears of it before anything changes."""
    return address_changing_letter(old, new, settings.issuer)


def confirm_address(session: Session, settings: Settings, token: str) -> ChangedAddress | None:
    """The account of the link has the new address; None for a dead link. Raises InvalidPersonError if it is taken."""
    link = find_link(session, token, Purpose.NEW_ADDRESS)
    user = session.get(User, link.user_id) if link is not None and link.user_id else None
    if link is None or user is None or user.disabled_at is not None or not spend_link(session, link):
        return None
    if find_user(session, link.email) is not None:
        raise InvalidPersonError("email", "Another account has this address by now.")
    old, user.email, user.email_verified_at = user.email, link.email, now()
    record(session, AuditKind.ACCOUNT_CHANGED, user_id=user.id, what="e-mail")
    return ChangedAddress(link.email, address_changed_letter(old, link.email, settings.issuer))
