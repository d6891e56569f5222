"""Signed-in browsers: a random cookie, its digest in the database, an idle and an absolute end (AS-31)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Response
from sqlmodel import Session, col, delete, select

from auth_server.models import BrowserSession, User
from auth_server.settings import Settings
from shared.clock import now
from shared.cookies import AUTH_COOKIE, HOST_PREFIX
from shared.installation import Installation
from shared.secrets import digest, new_secret

SEEN_EVERY = timedelta(minutes=5)
MAX_USER_AGENT = 300
DEVICE_LIFETIME = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class BrowserCookies:
    """The names and attributes of our cookies: `__Host-` with https, this installation's own name without.

    `session` speaks for a signed-in person, `form` binds forms of people who are not signed in yet, `device`
    remembers that somebody signed in here before.
    """

    session: str
    form: str
    device: str
    is_secure: bool

    def put(self, response: Response, name: str, value: str, max_age: int | None = None) -> None:
        """Sets one cookie: HttpOnly, SameSite=Lax, Path=/, and Secure with https."""
        response.set_cookie(
            name, value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=self.is_secure
        )

    def drop(self, response: Response, name: str) -> None:
        """Ends one cookie."""
        response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=self.is_secure)


def browser_cookies(settings: Settings, installation: Installation) -> BrowserCookies:
    """Safari drops Secure cookies on plain-http loopback, where ports share cookies: the name tells us apart there."""
    name = f"{HOST_PREFIX}{AUTH_COOKIE}" if settings.is_https else f"{AUTH_COOKIE}_{installation.short_id}"
    return BrowserCookies(name, f"{name}_form", f"{name}_device", settings.is_https)


@dataclass(frozen=True)
class SignedInBrowser:
    """A person and the session they came with; `secret` is the cookie's value and never leaves this process."""

    user: User
    session_id: str
    session_digest: str
    secret: str
    authenticated_at: datetime
    methods: str = ""
    is_long_unseen: bool = False
    here: str = ""
    """The page that is open, where a sign-in to confirm something leads back to; empty for a form that was sent."""
    proof: str = ""
    """What such a sign-in added to the page's address."""

    def __repr__(self) -> str:
        return f"SignedInBrowser({self.user.id})"


def open_browser_session(
    session: Session, user: User, settings: Settings, *, methods: str = "pwd", user_agent: str = "", address: str = ""
) -> str:
    """A new session for `user`; the answer is the cookie's value. Sessions that are over are forgotten."""
    session.exec(delete(BrowserSession).where(col(BrowserSession.expires_at) <= now()))
    secret = new_secret("bs")
    expires_at = now() + timedelta(seconds=settings.session_absolute)
    session.add(
        BrowserSession(
            digest=digest(secret),
            user_id=user.id,
            expires_at=expires_at,
            methods=methods,
            user_agent=user_agent[:MAX_USER_AGENT],
            address=address,
        )
    )
    known = session.get(User, user.id)
    if known is not None:
        known.last_signed_in_at = now()
    return secret


def find_browser(session: Session, settings: Settings, secret: str | None) -> SignedInBrowser | None:
    """Who the cookie speaks for, unless the session is idle, over, or its person disabled."""
    if not secret:
        return None
    found = session.exec(
        select(BrowserSession, User)
        .where(BrowserSession.digest == digest(secret), BrowserSession.user_id == User.id)
        .where(col(User.disabled_at).is_(None))
    ).one_or_none()
    if found is None or is_over(found[0], settings):
        return None
    row, user = found
    is_long_unseen = now() - row.last_seen_at > SEEN_EVERY
    return SignedInBrowser(user, row.id, row.digest, secret, row.authenticated_at, row.methods, is_long_unseen)


def is_over(row: BrowserSession, settings: Settings) -> bool:
    """Whether its idle or its absolute end has come."""
    return now() >= min(row.expires_at, row.last_seen_at + timedelta(seconds=settings.session_idle))


def note_seen(session: Session, browser: SignedInBrowser) -> None:
    """Moves the idle end; asked for at most once in five minutes, so that reading pages hardly writes."""
    row = session.get(BrowserSession, browser.session_digest)
    if row is not None:
        row.last_seen_at = now()


def close_browser_session(session: Session, secret: str | None) -> None:
    """Signs this one browser out; an unknown cookie is fine."""
    if secret:
        session.exec(delete(BrowserSession).where(col(BrowserSession.digest) == digest(secret)))
