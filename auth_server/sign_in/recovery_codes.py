"""Recovery codes: ten, shown once, each replacing the authenticator app once."""

import secrets

from sqlmodel import Session, col, delete, func, select, update

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import RecoveryCode
from shared.clock import now
from shared.secrets import digest

COUNT = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP_LENGTH = 5, 5
"""25 characters of an alphabet of 31 carry 123 random bits."""


def make_recovery_codes(session: Session, user_id: str) -> tuple[str, ...]:
    """Ten new ones; those from before are void."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    codes = tuple(_new_code() for _ in range(COUNT))
    for code in codes:
        session.add(RecoveryCode(digest=_digest(code), user_id=user_id))
    record(session, AuditKind.RECOVERY_CODES_MADE, user_id=user_id)
    return codes


def spend_recovery_code(session: Session, user_id: str, code: str) -> bool:
    """True for the one use of a code of this person; hyphens, spaces and case do not matter."""
    spent = session.exec(
        update(RecoveryCode)
        .where(col(RecoveryCode.digest) == _digest(code), col(RecoveryCode.user_id) == user_id)
        .where(col(RecoveryCode.used_at).is_(None))
        .values(used_at=now())
    )
    if spent.rowcount != 1:
        return False
    record(session, AuditKind.RECOVERY_CODE_USED, user_id=user_id, left=recovery_codes_left(session, user_id))
    return True


def recovery_codes_left(session: Session, user_id: str) -> int:
    """How many are still good."""
    unused = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return session.exec(unused.where(col(RecoveryCode.used_at).is_(None))).one()


def _new_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def _digest(code: str) -> str:
    return digest("".join(letter for letter in code.casefold() if letter in _ALPHABET))
