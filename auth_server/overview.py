"""Whether everything is all right, in a few numbers."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from auth_server.models import Grant, User, UserKind
from shared.clock import now


@dataclass(frozen=True)
class Counted:
    """People who may sign in, and apps that somebody lets do something now."""

    people: int
    connected_apps: int


def counted(session: Session) -> Counted:
    """As it is now."""
    people = select(func.count()).where(User.kind == UserKind.PERSON, col(User.disabled_at).is_(None))
    live = (col(Grant.activated_at).is_not(None), col(Grant.revoked_at).is_(None), col(Grant.expires_at) > now())
    apps = select(func.count(func.distinct(Grant.client_id))).where(*live)
    return Counted(session.exec(people).one(), session.exec(apps).one())
