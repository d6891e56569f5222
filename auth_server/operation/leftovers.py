"""Rows that mean nothing any more, deleted from time to time; the audit log is never touched."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, SQLModel, col, delete, select

from auth_server.models import (
    ActivityCount,
    AuthorizationCode,
    BrowserSession,
    DeviceCode,
    Grant,
    InitialAccessToken,
    OneTimeToken,
    RefreshToken,
    SpentAssertion,
    UpstreamSignIn,
)
from auth_server.spent_requests import forget_spent_requests
from shared.clock import now

DAY = timedelta(days=1)
COUNTS_KEPT = 90 * DAY
LINKS_KEPT = 7 * DAY
"""So long a page can say that a link has expired, or was used."""
CODES_KEPT = 7 * DAY
"""So long a code that comes again still ends what it produced (OAuth 2.1 §4.1.3)."""
TOKENS_KEPT = 30 * DAY
"""So long an old refresh token still ends its family (OAuth 2.1 §4.3.1), beyond the time it was good for."""

Stale = tuple[type[SQLModel], ColumnElement[bool]]


def prune(session: Session) -> int:
    """Deletes every stale row and gives how many there were."""
    forget_spent_requests(session)
    return sum(int(session.exec(delete(table).where(stale)).rowcount) for table, stale in _stale())


def _stale() -> Iterator[Stale]:
    instant = now()
    ended = select(Grant.id).where(
        or_(col(Grant.revoked_at) < instant - TOKENS_KEPT, col(Grant.expires_at) < instant - TOKENS_KEPT)
    )
    yield ActivityCount, col(ActivityCount.hour) < instant - COUNTS_KEPT
    yield AuthorizationCode, col(AuthorizationCode.expires_at) < instant - CODES_KEPT
    yield BrowserSession, col(BrowserSession.expires_at) < instant
    yield DeviceCode, col(DeviceCode.expires_at) < instant - DAY
    yield InitialAccessToken, col(InitialAccessToken.expires_at) < instant
    yield OneTimeToken, col(OneTimeToken.expires_at) < instant - LINKS_KEPT
    yield RefreshToken, col(RefreshToken.expires_at) < instant - TOKENS_KEPT
    yield RefreshToken, col(RefreshToken.grant_id).in_(ended)
    yield SpentAssertion, col(SpentAssertion.expires_at) < instant
    yield UpstreamSignIn, col(UpstreamSignIn.expires_at) < instant - DAY
