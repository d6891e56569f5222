"""The one-time link, shown on the console alone, that creates the first administrator (AS-119)."""

from datetime import timedelta

from sqlmodel import Session, col, delete, select, update

from auth_server.models import OneTimeToken, User
from auth_server.settings import Settings
from shared.clock import now
from shared.secrets import digest, new_secret

PURPOSE = "first administrator"
LIFETIME = timedelta(hours=24)


def issue_setup_link(session: Session, settings: Settings) -> str:
    """The link as a URL, good once and for a day; links issued earlier stop working."""
    secret = new_secret("setup")
    session.exec(delete(OneTimeToken).where(col(OneTimeToken.purpose) == PURPOSE))
    session.add(OneTimeToken(digest=digest(secret), purpose=PURPOSE, expires_at=now() + LIFETIME))
    return f"{settings.issuer}/setup?token={secret}"


def has_administrator(session: Session) -> bool:
    """Whether somebody administers this installation already."""
    return session.exec(select(User.id).where(col(User.is_admin).is_(True)).limit(1)).first() is not None


def is_good_link(session: Session, token: str) -> bool:
    """Whether the link may still be used; looking does not spend it."""
    found = session.get(OneTimeToken, digest(token))
    if found is None or found.purpose != PURPOSE or has_administrator(session):
        return False
    return found.used_at is None and now() < found.expires_at


def spend_link(session: Session, token: str) -> bool:
    """True for exactly one caller; the database decides."""
    if not is_good_link(session, token):
        return False
    spent = session.exec(
        update(OneTimeToken)
        .where(col(OneTimeToken.digest) == digest(token), col(OneTimeToken.used_at).is_(None))
        .values(used_at=now())
    )
    return bool(spent.rowcount == 1)
