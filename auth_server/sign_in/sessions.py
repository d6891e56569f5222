"""Where a person is signed in, and the end of it: one browser, or everything that speaks for them (AS-37, AS-96)."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.grants import revoke_grant
from auth_server.keys.api_keys import keys_of, revoke_key
from auth_server.membership.one_time_links import end_links
from auth_server.models import BrowserSession, Grant
from auth_server.settings import Settings
from auth_server.sign_in.device_words import device_words
from auth_server.web.browser import is_over


@dataclass(frozen=True)
class ShownBrowser:
    """One signed-in browser, as its person may see it."""

    id: str
    device: str
    address: str
    signed_in_at: datetime
    last_seen_at: datetime
    is_this: bool


@dataclass(frozen=True)
class Ended:
    """How much a log-out everywhere has ended."""

    browsers: int
    grants: int
    keys: int


def signed_in_browsers(session: Session, settings: Settings, user_id: str, this: str = "") -> list[ShownBrowser]:
    """The person's browsers, `this` session's first, then the one seen last."""
    rows = session.exec(select(BrowserSession).where(BrowserSession.user_id == user_id)).all()
    shown = [
        ShownBrowser(
            id=row.id,
            device=device_words(row.user_agent),
            address=row.address,
            signed_in_at=row.created_at,
            last_seen_at=row.last_seen_at,
            is_this=row.id == this,
        )
        for row in rows
        if not is_over(row, settings)
    ]
    return sorted(shown, key=lambda browser: (browser.is_this, browser.last_seen_at), reverse=True)


def end_browser(session: Session, user_id: str, session_id: str, *, by: str | None = None) -> bool:
    """Signs one browser of that person out; False when there is none of that id."""
    ended = session.exec(
        delete(BrowserSession).where(col(BrowserSession.id) == session_id, col(BrowserSession.user_id) == user_id)
    )
    if ended.rowcount != 1:
        return False
    record(session, AuditKind.SESSION_ENDED, user_id=user_id, by=by, browser=session_id)
    return True


def sign_out_everywhere(session: Session, user_id: str, *, by: str | None = None) -> Ended:
    """Ends every browser session, grant with its refresh tokens, API key and link of the person, at once."""
    grants = _end_grants(session, user_id, "logged out everywhere", by)
    live_keys = [key for key in keys_of(session, user_id) if key.is_live()]
    for key in live_keys:
        revoke_key(session, key, by=by)
    end_links(session, user_id)
    ended = Ended(_end_browsers(session, user_id), grants, len(live_keys))
    record(
        session,
        AuditKind.SIGNED_OUT_EVERYWHERE,
        user_id=user_id,
        by=by,
        browsers=ended.browsers,
        grants=ended.grants,
        keys=ended.keys,
    )
    return ended


def end_what_a_password_opened(session: Session, user_id: str) -> None:
    """After a new password: browser sessions, refresh tokens and links end, API keys stay (OAuth 2.1 §4.3.3)."""
    _end_grants(session, user_id, "password changed")
    _end_browsers(session, user_id)
    end_links(session, user_id)


def _end_browsers(session: Session, user_id: str) -> int:
    return int(session.exec(delete(BrowserSession).where(col(BrowserSession.user_id) == user_id)).rowcount)


def _end_grants(session: Session, user_id: str, reason: str, by: str | None = None) -> int:
    """Those too whose code was not redeemed yet."""
    unended = select(Grant).where(Grant.user_id == user_id, col(Grant.revoked_at).is_(None))
    grants = [grant for grant in session.exec(unended) if grant.is_live()]
    for grant in grants:
        revoke_grant(session, grant, reason, by=by)
    return len(grants)
