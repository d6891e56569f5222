"""What an administrator does to an account: shut it out and let it in again, give and take an administrator's rights.

Whatever the resource servers know of the account's grants and keys is outdated with it, in the same transaction.
"""

from sqlmodel import Session, col, delete, or_, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.grants import GrantState, announce_grant
from auth_server.keys.api_keys import announce_key
from auth_server.membership.invitations import end_invitations_of
from auth_server.membership.one_time_links import end_links
from auth_server.models import ApiKey, BrowserSession, Grant, User
from shared.clock import now
from shared.scopes import Scope

_ENABLED_ADMINISTRATORS = (
    select(User.id).where(col(User.is_admin), col(User.disabled_at).is_(None)).order_by(col(User.id))
)


class LastAdministratorError(ValueError):
    """Nobody could administer any more; the text is a sentence for people."""

    def __init__(self) -> None:
        super().__init__("This is the last administrator who can sign in. Make somebody else one first.")


class NotAPersonError(ValueError):
    """Services do not sign in, so they have no rights of an administrator; the text is a sentence for people."""

    def __init__(self) -> None:
        super().__init__("A service account cannot be an administrator: nobody signs in as it.")


def disable_account(session: Session, user: User, *, by: str | None = None) -> None:
    """Nothing of the account works any more until it is enabled: browsers are signed out, apps and keys refused.

    Doing so twice changes nothing. Raises LastAdministratorError.
    """
    spare_last_administrator(session, user)
    if user.disabled_at is not None:
        return
    user.disabled_at = now()
    session.add(user)
    session.exec(delete(BrowserSession).where(col(BrowserSession.user_id) == user.id))
    end_links(session, user.id)
    end_invitations_of(session, user.id, by=by)
    announce_account(session, user)
    record(session, AuditKind.ACCOUNT_DISABLED, user_id=user.id, by=by)


def enable_account(session: Session, user: User, *, by: str | None = None) -> None:
    """What the account allowed apps and keys counts again; doing so twice changes nothing."""
    if user.disabled_at is None:
        return
    user.disabled_at = None
    session.add(user)
    announce_account(session, user)
    record(session, AuditKind.ACCOUNT_ENABLED, user_id=user.id, by=by)


def make_administrator(session: Session, user: User, *, by: str | None = None) -> None:
    """The person may administer; doing so twice changes nothing. Raises NotAPersonError."""
    if not user.is_person:
        raise NotAPersonError
    if not user.is_admin:
        _set_rights(session, user, True, by)


def unmake_administrator(session: Session, user: User, *, by: str | None = None) -> None:
    """The person may administer no longer; doing so twice changes nothing. Raises LastAdministratorError."""
    spare_last_administrator(session, user)
    if user.is_admin:
        _set_rights(session, user, False, by)
        end_invitations_of(session, user.id, by=by)


def spare_last_administrator(session: Session, user: User) -> None:
    """Raises LastAdministratorError if nobody else could administer. The account is read anew, and locked with them.

    The lock is held until the transaction ends, so that of two who would end each other's rights one is refused.
    On SQLite every writing transaction is alone anyway.
    """
    administrators = session.exec(_ENABLED_ADMINISTRATORS.with_for_update()).all()
    session.refresh(user)
    if list(administrators) == [user.id]:
        raise LastAdministratorError


def is_last_administrator(session: Session, user_id: str) -> bool:
    """Whether nobody else could administer now, for a page that says so beforehand."""
    return list(session.exec(_ENABLED_ADMINISTRATORS)) == [user_id]


def announce_account(session: Session, user: User) -> None:
    """Every live grant and key of the account is asked about again, and every key that may act in its name."""
    for grant in session.exec(select(Grant).where(Grant.user_id == user.id, col(Grant.revoked_at).is_(None))):
        if grant.is_live():
            announce_grant(session, grant, GrantState.EDITED)
    may_act = col(ApiKey.scope).contains(Scope.IMPERSONATE.value)
    keys = select(ApiKey).where(or_(ApiKey.user_id == user.id, may_act), col(ApiKey.revoked_at).is_(None))
    for key in session.exec(keys):
        if key.is_live() and (key.user_id == user.id or Scope.IMPERSONATE in key.scopes):
            announce_key(session, key, GrantState.EDITED)
    session.flush()


def _set_rights(session: Session, user: User, is_admin: bool, by: str | None) -> None:
    user.is_admin = is_admin
    session.add(user)
    announce_account(session, user)
    record(session, AuditKind.ACCOUNT_CHANGED, user_id=user.id, by=by, is_admin=is_admin)
