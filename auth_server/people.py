"""People: who may have an account, and what an e-mail address and a password must look like."""

import unicodedata

from sqlmodel import Session, col, delete, select

from auth_server.audit import AuditKind, record
from auth_server.models import BrowserSession, User
from auth_server.passwords import MAX_BYTES, hash_password

MAX_EMAIL_LENGTH = 254
MIN_PASSWORD_LENGTH = 12


class InvalidPersonError(ValueError):
    """What was given cannot make an account; `field` says where, the text says why, in a sentence for people."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def create_user(session: Session, email: str, password: str, is_admin: bool = False) -> User:
    """A new person, flushed into `session`. Raises InvalidPersonError."""
    address = checked_email(email)
    check_password(password)
    if find_user(session, address) is not None:
        raise InvalidPersonError("email", "Somebody already signs in with this e-mail address.")
    user = User(email=address, password_hash=hash_password(password), is_admin=is_admin)
    session.add(user)
    session.flush()
    return user


def set_password(session: Session, email: str, password: str) -> User:
    """A new password for somebody who has an account; their browsers are signed out. Raises InvalidPersonError."""
    check_password(password)
    user = find_user(session, email)
    if user is None:
        raise InvalidPersonError("email", "Nobody signs in with this e-mail address.")
    user.password_hash = hash_password(password)
    session.add(user)
    session.exec(delete(BrowserSession).where(col(BrowserSession.user_id) == user.id))
    record(session, AuditKind.PASSWORD_CHANGED, user_id=user.id)
    return user


def find_user(session: Session, email: str) -> User | None:
    """The person who signs in with `email`, disabled or not."""
    return session.exec(select(User).where(User.email == normal_email(email))).one_or_none()


def normal_email(email: str) -> str:
    """One spelling for one person: trimmed, composed and case-folded."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def checked_email(email: str) -> str:
    """The normal form of an address that could exist. Raises InvalidPersonError."""
    address = normal_email(email)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or "@" in local or not address.isprintable() or " " in address:
        raise InvalidPersonError("email", "This is not an e-mail address, such as ada@example.org.")
    if len(address) > MAX_EMAIL_LENGTH:
        raise InvalidPersonError("email", f"An e-mail address has at most {MAX_EMAIL_LENGTH} characters.")
    return address


def check_password(password: str) -> None:
    """Length is the only rule (NIST SP 800-63B §5.1.1.2). Raises InvalidPersonError."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidPersonError("password", f"The password needs at least {MIN_PASSWORD_LENGTH} characters.")
    if len(password.encode(errors="replace")) > MAX_BYTES:
        raise InvalidPersonError("password", "The password is too long: at most 1,024 bytes.")
