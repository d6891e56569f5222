"""People: who may have an account, and what an e-mail address and a password must look like."""

import unicodedata
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import User
from auth_server.passwords import MAX_BYTES, hash_password
from auth_server.sign_in.sessions import end_what_a_password_opened

MAX_EMAIL_LENGTH = 254
MIN_PASSWORD_LENGTH = 12
MAX_NAME_LENGTH = 100


class InvalidPersonError(ValueError):
    """What was given cannot make an account; `field` says where, the text says why, in a sentence for people."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def create_user(
    session: Session,
    email: str,
    password: str,
    is_admin: bool = False,
    *,
    name: str = "",
    email_verified_at: datetime | None = None,
) -> User:
    """A new person, flushed into `session`. Raises InvalidPersonError."""
    address = checked_email(email)
    check_password(password)
    if find_user(session, address) is not None:  # before it is hashed: whoever has a link may try for ever
        raise _taken()
    user = User(
        email=address,
        name=checked_name(name),
        password_hash=hash_password(password),
        is_admin=is_admin,
        email_verified_at=email_verified_at,
    )
    return add_user(session, user)


def add_user(session: Session, user: User) -> User:
    """Flushes a new account into `session`. Raises InvalidPersonError if its address is taken."""
    if find_user(session, user.email) is not None:
        raise _taken()
    session.add(user)
    try:
        session.flush()
    except IntegrityError as cause:
        # Where several write at once, somebody was faster.
        raise _taken() from cause
    return user


def id_named(session: Session, text: str) -> str:
    """The id of whom an e-mail address names; any other text is taken for an id, whether somebody has it or not."""
    if "@" not in text:
        return text
    return session.exec(select(User.id).where(User.email == normal_email(text))).first() or text


def set_password(session: Session, email: str, password: str) -> User:
    """A new password for somebody who has an account; browsers are signed out, apps disconnected (AS-37).

    Raises InvalidPersonError.
    """
    check_password(password)
    user = find_user(session, email)
    if user is None:
        raise InvalidPersonError("email", "Nobody signs in with this e-mail address.")
    user.password_hash = hash_password(password)
    session.add(user)
    end_what_a_password_opened(session, user.id)
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


def checked_name(name: str) -> str:
    """What a person is called, on one line; may be empty. Raises InvalidPersonError."""
    line = " ".join(unicodedata.normalize("NFC", name).split())
    if not line.isprintable():
        raise InvalidPersonError("name", "A name consists of letters, signs and spaces.")
    if len(line) > MAX_NAME_LENGTH:
        raise InvalidPersonError("name", f"A name has at most {MAX_NAME_LENGTH} characters.")
    return line


def check_password(password: str) -> None:
    """Length is the only rule (NIST SP 800-63B §5.1.1.2). Raises InvalidPersonError."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidPersonError("password", f"The password needs at least {MIN_PASSWORD_LENGTH} characters.")
    if len(password.encode(errors="replace")) > MAX_BYTES:
        raise InvalidPersonError("password", "The password is too long: at most 1,024 bytes.")


def _taken() -> InvalidPersonError:
    return InvalidPersonError("email", "Somebody already signs in with this e-mail address.")
