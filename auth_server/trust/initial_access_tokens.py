"""RFC 7591 §3: initial access tokens, which let their holder register clients where registration is not open."""

from datetime import timedelta

from sqlmodel import Session, col, delete

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import InitialAccessToken
from shared.clock import now
from shared.secrets import digest, new_secret

PREFIX = "iat"
LIFETIME = timedelta(days=7)


def issue_initial_access_token(session: Session, lifetime: timedelta = LIFETIME, *, by: str | None = None) -> str:
    """The token itself, which is shown once; it registers any number of clients until it expires."""
    token = new_secret(PREFIX)
    session.exec(delete(InitialAccessToken).where(col(InitialAccessToken.expires_at) <= now()))
    session.add(InitialAccessToken(digest=digest(token), expires_at=now() + lifetime))
    record(session, AuditKind.INITIAL_ACCESS_TOKEN_ISSUED, by=by, days=lifetime.days)
    return token


def revoke_initial_access_tokens(session: Session, *, by: str | None = None) -> int:
    """Ends every token, as when one got into wrong hands; gives how many. What registered with them stays."""
    revoked = session.exec(delete(InitialAccessToken)).rowcount
    record(session, AuditKind.INITIAL_ACCESS_TOKENS_REVOKED, by=by, tokens=revoked)
    return revoked


def is_good_initial_access_token(session: Session, token: str) -> bool:
    """Whether somebody gave out this token and it has not expired; using it does not spend it."""
    found = session.get(InitialAccessToken, digest(token)) if token.startswith(f"{PREFIX}_") else None
    return found is not None and now() < found.expires_at
