"""Links that messages carry: each is good once, for one purpose, until it expires."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlmodel import Session, col, delete, select, update

from auth_server.models import OneTimeToken
from auth_server.settings import Settings
from shared.clock import now
from shared.secrets import digest, new_secret


class Purpose(StrEnum):
    """What a link is for."""

    SIGN_UP = "sign up"
    NEW_ADDRESS = "new address"
    PASSWORD_RESET = "password reset"


@dataclass(frozen=True)
class Kind:
    """Where links of a purpose lead, and how long they work."""

    path: str
    lifetime: timedelta


KINDS = {
    Purpose.SIGN_UP: Kind("/verify-email", timedelta(hours=24)),
    Purpose.NEW_ADDRESS: Kind("/verify-email", timedelta(hours=24)),
    Purpose.PASSWORD_RESET: Kind("/reset-password", timedelta(hours=1)),
}
PREFIX = "link"


def issue_link(
    session: Session, settings: Settings, purpose: Purpose, *, email: str = "", user_id: str | None = None
) -> str:
    """A new link as a URL. Others of the same purpose keep working, so that nobody can end somebody's by asking."""
    kind, secret = KINDS[purpose], new_secret(PREFIX)
    session.exec(delete(OneTimeToken).where(col(OneTimeToken.expires_at) < now() - kind.lifetime))
    session.add(
        OneTimeToken(
            digest=digest(secret), purpose=purpose, email=email, user_id=user_id, expires_at=now() + kind.lifetime
        )
    )
    return f"{settings.issuer}{kind.path}?token={secret}"


def find_link(session: Session, token: str, *purposes: Purpose) -> OneTimeToken | None:
    """The link of one of these purposes, if it still works; looking does not spend it."""
    live = select(OneTimeToken).where(col(OneTimeToken.used_at).is_(None), col(OneTimeToken.expires_at) > now())
    return session.exec(
        live.where(OneTimeToken.digest == digest(token), col(OneTimeToken.purpose).in_(purposes))
    ).one_or_none()


def spend_link(session: Session, link: OneTimeToken) -> bool:
    """True for exactly one caller; every other link for the same thing ends with it."""
    spent = session.exec(
        update(OneTimeToken)
        .where(col(OneTimeToken.digest) == link.digest, col(OneTimeToken.used_at).is_(None))
        .values(used_at=now())
    )
    if spent.rowcount != 1:
        return False
    same = (col(OneTimeToken.purpose) == link.purpose, col(OneTimeToken.used_at).is_(None))
    whose = col(OneTimeToken.user_id) == link.user_id if link.user_id else col(OneTimeToken.email) == link.email
    session.exec(update(OneTimeToken).where(*same, whose).values(used_at=now()))
    return True


def end_links(session: Session, user_id: str) -> None:
    """No link of the account works any more: somebody who was shut out may have asked for one before."""
    own = (col(OneTimeToken.user_id) == user_id, col(OneTimeToken.used_at).is_(None))
    session.exec(update(OneTimeToken).where(*own).values(used_at=now()))
