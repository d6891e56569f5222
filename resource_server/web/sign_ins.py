"""Sign-ins that are under way: a signed state bound to the browser by a cookie, good once and for ten minutes (AS-32).

Nothing is stored before an answer comes: the secrets follow from the state and the cookie.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete

from resource_server.web.own_client import Asked
from resource_server.web.tables import SpentSignIn
from shared.clock import now
from shared.database import unit_of_work
from shared.own_pages import SERVERS_PATH
from shared.secrets import derived_secret, digest, new_secret

LIFETIME = 10 * 60
LONGEST_PATH = 1000


class StaleSignInError(Exception):
    """The state is not one of ours, another browser's, too old, or came back before."""


@dataclass(frozen=True)
class ComingBack:
    """A sign-in whose answer came: what it was bound to, and where the person was going."""

    asked: Asked
    then: str
    was_again: bool


@dataclass(frozen=True)
class SignIns:
    """Begins them and takes their answers; `key` signs states."""

    engine: Engine
    key: bytes = field(repr=False)

    def begin(self, browser: str, then: str, *, again: bool) -> Asked:
        """A new one for the browser that holds this cookie."""
        state = str(self._signer().dumps([digest(browser), new_secret("st"), checked_path(then), again]))
        return self._asked(browser, state)

    def come_back(self, browser: str, state: str) -> ComingBack:
        """What began with this state in this browser; it cannot come back twice. Raises StaleSignInError."""
        try:
            owner, _, then, again = self._signer().loads(state, max_age=LIFETIME)
        except (BadData, ValueError) as cause:
            raise StaleSignInError from cause
        if not browser or not hmac.compare_digest(str(owner), digest(browser)):
            raise StaleSignInError
        self._spend(state)
        return ComingBack(self._asked(browser, state), checked_path(str(then)), bool(again))

    def _spend(self, state: str) -> None:
        row = SpentSignIn(digest=digest(state), expires_at=now() + timedelta(seconds=LIFETIME))
        try:
            with unit_of_work(self.engine) as session:
                session.exec(delete(SpentSignIn).where(col(SpentSignIn.expires_at) <= now()))
                session.add(row)
        except IntegrityError as cause:
            raise StaleSignInError from cause

    def _asked(self, browser: str, state: str) -> Asked:
        nonce, verifier = (derived_secret(kind, self.key, f"{browser} {state}") for kind in ("no", "cv"))
        return Asked(state, nonce, verifier)

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer([self.key], salt="pages sign-in", signer_kwargs={"digest_method": hashlib.sha256})


def checked_path(path: str) -> str:
    """`path` if it is one of these pages, else the first of them (RFC 9700 §4.11)."""
    is_ours = re.fullmatch(r"/(?:servers|manage|usage)(?:[/?][!-~]*)?", path) is not None
    return path if is_ours and len(path) <= LONGEST_PATH else SERVERS_PATH
