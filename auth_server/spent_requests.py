"""What we sign works once: its nonce is spent in the database, by exactly one answer."""

from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete

from auth_server.models import SpentRequest
from shared.clock import now

LONGEST = timedelta(minutes=15)
"""Nothing that we sign for one answer opens longer than this."""


def is_spent(session: Session, nonce: str) -> bool:
    """Whether `claim` was told of this nonce before; asked ahead of work that a claim would waste."""
    return session.get(SpentRequest, nonce) is not None


def claim(session: Session, nonce: str) -> bool:
    """True for exactly one answer to a form, and one use of a proof; the database decides."""
    try:
        with session.begin_nested():
            session.add(SpentRequest(nonce=nonce))
    except IntegrityError:
        return False
    return True


def forget_spent_requests(session: Session) -> None:
    """Nonces matter as long as what they were signed for opens; later they are only rows."""
    session.exec(delete(SpentRequest).where(col(SpentRequest.spent_at) < now() - 2 * LONGEST))
