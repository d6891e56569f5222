"""RFC 6238: codes of an authenticator app, of this half minute or its neighbours, each accepted once."""

import hmac
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

import pyotp
from sqlmodel import Session, col, delete, or_, update

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import RecoveryCode, User
from auth_server.web.browser import SignedInBrowser
from shared.clock import now
from shared.sealing import SealBrokenError, seal, unseal

STEP_SECONDS = 30
ENROLMENT_SECONDS = 15 * 60
_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class Enrolment:
    """A secret that is offered and not in force yet; `sealed` is how its form carries it."""

    secret: str = field(repr=False)
    sealed: str = field(repr=False)

    def address(self, email: str, host: str) -> str:
        """What the QR code says to the app."""
        return pyotp.TOTP(self.secret).provisioning_uri(name=email, issuer_name=f"Ostiary {host}")

    @property
    def words(self) -> str:
        """The secret for people who type it."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


class AuthenticatorApps:
    """Offers secrets, keeps them sealed, and accepts their codes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def offer(self, browser: SignedInBrowser) -> Enrolment:
        """A new secret for this session; nothing is stored before a code of it has come back."""
        secret = pyotp.random_base32()
        sealed = seal(self._key, f"{int(time.time())} {secret}".encode(), _offered_to(browser))
        return Enrolment(secret, urlsafe_b64encode(sealed).decode())

    def reopen(self, sealed: str, browser: SignedInBrowser) -> Enrolment | None:
        """What was offered to this session within the last quarter of an hour, else None."""
        try:
            opened = unseal(self._key, urlsafe_b64decode(sealed.encode("ascii")), _offered_to(browser))
        except (SealBrokenError, ValueError):
            return None
        offered_at, _, secret = opened.decode().partition(" ")
        return Enrolment(secret, sealed) if time.time() - int(offered_at) < ENROLMENT_SECONDS else None

    def turn_on(self, session: Session, user_id: str, enrolment: Enrolment, code: str) -> bool:
        """From now on codes of this secret are asked for; False for a code that is not one of it."""
        step = _step_of(enrolment.secret, code)
        if step is None:
            return False
        user = session.get_one(User, user_id)
        user.sealed_totp_secret = seal(self._key, enrolment.secret.encode(), _kept_for(user_id))
        user.totp_confirmed_at = now()
        user.totp_last_step = step
        record(session, AuditKind.CODES_TURNED_ON, user_id=user_id)
        return True

    def accepts(self, session: Session, user_id: str, code: str) -> bool:
        """Whether this is a code of now that was not used before; the database lets each step through once (§5.2)."""
        user = session.get(User, user_id)
        if user is None or user.sealed_totp_secret is None or not user.asks_code:
            return False
        secret = unseal(self._key, user.sealed_totp_secret, _kept_for(user_id)).decode()
        step = _step_of(secret, code)
        if step is None:
            return False
        last = col(User.totp_last_step)
        spent = session.exec(
            update(User)
            .where(col(User.id) == user_id, or_(last.is_(None), last < step))
            .values(totp_last_step=step)
            .execution_options(synchronize_session=False)
        )
        return bool(spent.rowcount == 1)


def turn_codes_off(session: Session, user: User, *, by: str | None = None) -> None:
    """The password alone opens the account again; recovery codes are void."""
    user.sealed_totp_secret = user.totp_confirmed_at = user.totp_last_step = None
    session.add(user)
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    record(session, AuditKind.CODES_TURNED_OFF, user_id=user.id, by=by)


def _step_of(secret: str, code: str) -> int | None:
    """The time step this is the code of: the present one, the one before, or the one after, for clocks that differ."""
    given = "".join(code.split())
    if not _CODE.fullmatch(given):
        return None
    present, codes = int(time.time()) // STEP_SECONDS, pyotp.TOTP(secret)
    steps = [
        step for step in (present - 1, present, present + 1) if hmac.compare_digest(codes.generate_otp(step), given)
    ]
    return max(steps, default=None)


def _offered_to(browser: SignedInBrowser) -> str:
    return f"authenticator app offered to {browser.session_digest}"


def _kept_for(user_id: str) -> str:
    return f"authenticator app of {user_id}"
