"""A forgotten password: a link to the address of the account, and the new password it allows, once."""

from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.mail.letters import Letter, password_changed_letter, reset_letter
from auth_server.membership.one_time_links import Purpose, find_link, issue_link, spend_link
from auth_server.models import User
from auth_server.people import find_user, set_password
from auth_server.services import Services
from auth_server.settings import Settings
from shared.clock import now
from shared.database import unit_of_work


def write_reset_letter(services: Services, email: str, *, by: str | None = None) -> Letter | None:
    """The letter with the link; None for an address that nobody may use a password of. Run it behind the answer.

    `by` is the administrator who asked, None for the person.
    """
    with unit_of_work(services.engine) as session:
        user = find_user(session, email)
        if user is None or not _may_have_password(user):
            return None
        record(session, AuditKind.PASSWORD_RESET_ASKED, user_id=user.id, by=by)
        link = issue_link(session, services.settings, Purpose.PASSWORD_RESET, user_id=user.id, email=user.email)
    return reset_letter(user.email, link, services.settings.issuer)


def is_reset_link(session: Session, token: str) -> bool:
    """Whether the link still works; looking does not spend it."""
    return find_link(session, token, Purpose.PASSWORD_RESET) is not None


def reset_password(session: Session, settings: Settings, token: str, password: str) -> Letter | None:
    """Sets the password and ends what the old one opened (AS-37); gives the notice for the owner, None for a dead link.

    The code of an authenticator app is asked for as before. Raises InvalidPersonError; the transaction must then roll
    back, so that the link stays good.
    """
    link = find_link(session, token, Purpose.PASSWORD_RESET)
    user = session.get(User, link.user_id) if link is not None and link.user_id else None
    if link is None or user is None or not _may_have_password(user) or link.email != user.email:
        return None
    if not spend_link(session, link):
        return None
    set_password(session, user.email, password)
    user.email_verified_at = user.email_verified_at or now()
    return password_changed_letter(user.email, f"{settings.issuer}/forgot-password", settings.issuer)


def _may_have_password(user: User) -> bool:
    return user.is_person and user.disabled_at is None
