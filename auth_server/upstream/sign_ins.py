"""Sign-ins on their way to a provider: a state is good once, for ten minutes, in the browser that set out (AS-32)."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, delete, update

from auth_server.models import UpstreamSignIn
from shared.clock import now
from shared.secrets import digest, new_secret

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class Errand:
    """What a sign-in is for: `user_id` of whoever links the provider to their account, and where they go then."""

    then: str
    user_id: str | None = None


def set_out(session: Session, provider_id: str, browser_secret: str, errand: Errand) -> str:
    """The new state; `browser_secret` is the value of the cookie that must come back with it."""
    session.exec(delete(UpstreamSignIn).where(col(UpstreamSignIn.expires_at) < now()))
    state = new_secret("us")
    session.add(
        UpstreamSignIn(
            state_digest=digest(state),
            provider=provider_id,
            browser_digest=digest(browser_secret),
            user_id=errand.user_id,
            then=errand.then,
            expires_at=now() + LIFETIME,
        )
    )
    return state


def come_back(session: Session, provider_id: str, state: str, browser_secrets: tuple[str, ...]) -> Errand | None:
    """What this state was for; None unless it is this provider's, this browser's, of now, and comes back first."""
    found = session.get(UpstreamSignIn, digest(state)) if state else None
    browsers = {digest(secret) for secret in browser_secrets if secret}
    if found is None or found.provider != provider_id or found.browser_digest not in browsers:
        return None
    claimed = session.exec(
        update(UpstreamSignIn)
        .where(col(UpstreamSignIn.state_digest) == found.state_digest)
        .where(col(UpstreamSignIn.used_at).is_(None), col(UpstreamSignIn.expires_at) > now())
        .values(used_at=now())
        .execution_options(synchronize_session=False)
    )
    return Errand(found.then, found.user_id) if claimed.rowcount == 1 else None
