"""Signed-in browsers: a random cookie, its digest and the sealed tokens here, an idle and an absolute end (AS-31)."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine, update
from sqlmodel import col, delete

from resource_server.settings import Settings
from resource_server.web.tables import WebSession
from shared.clock import now
from shared.database import unit_of_work
from shared.master_key import MasterKey
from shared.sealing import SealBrokenError, seal, unseal
from shared.secrets import digest, new_secret

SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Tokens:
    """What the authorization server gave for this browser; `expires_at` is the access token's."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True)
class SignedIn:
    """What a sign-in said: who, by which grant, and when they proved it."""

    user_id: str
    grant_id: str
    email: str
    authenticated_at: datetime
    tokens: Tokens


@dataclass(frozen=True)
class KeptSession:
    """A live session; `digest` names it."""

    digest: str
    signed_in: SignedIn
    proof_digest: str = field(default="", repr=False)


def open_web_sessions(settings: Settings, engine: Engine, master_key: MasterKey) -> "WebSessions":
    """Those of an installation."""
    idle, absolute = timedelta(seconds=settings.pages_idle), timedelta(seconds=settings.pages_absolute)
    return WebSessions(engine, master_key.derive("pages sessions"), idle, absolute)


@dataclass(frozen=True)
class WebSessions:
    """`key` seals the tokens of each for itself."""

    engine: Engine
    key: bytes = field(repr=False)
    idle: timedelta
    absolute: timedelta

    def open(self, signed_in: SignedIn, proof: str = "") -> str:
        """A new session; the answer is the cookie's value. Those that are over are forgotten."""
        secret = new_secret("ws")
        row = WebSession(
            digest=digest(secret),
            user_id=signed_in.user_id,
            grant_id=signed_in.grant_id,
            sealed=self._sealed(digest(secret), signed_in.email, signed_in.tokens),
            proof_digest=digest(proof) if proof else "",
            authenticated_at=signed_in.authenticated_at,
            expires_at=now() + self.absolute,
        )
        with unit_of_work(self.engine) as session:
            session.exec(delete(WebSession).where(col(WebSession.expires_at) <= now()))
            session.add(row)
        return secret

    def find(self, secret: str) -> KeptSession | None:
        """Whom the cookie speaks for, unless that is over; being asked moves the idle end."""
        with unit_of_work(self.engine, read_only=True) as session:
            row = session.get(WebSession, digest(secret)) if secret else None
        if row is None or now() >= min(row.expires_at, row.last_seen_at + self.idle):
            return None
        if now() - row.last_seen_at > min(SEEN_EVERY, self.idle / 2):
            self._change(row.digest, last_seen_at=now())
        return self._kept(row)

    def renew(self, kept: KeptSession, tokens: Tokens) -> None:
        """These tokens take the place of those before."""
        self._change(kept.digest, sealed=self._sealed(kept.digest, kept.signed_in.email, tokens))

    def spend_proof(self, kept: KeptSession, proof: str) -> bool:
        """Whether the proof was this session's, and nobody spent it before."""
        mine = update(WebSession).where(col(WebSession.digest) == kept.digest)
        with unit_of_work(self.engine) as session:
            spent = session.execute(mine.where(col(WebSession.proof_digest) == digest(proof)).values(proof_digest=""))
        return bool(proof) and bool(spent.rowcount == 1)  # type: ignore[attr-defined]

    def end(self, kept: KeptSession) -> None:
        """The cookie is good for nothing any more."""
        with unit_of_work(self.engine) as session:
            session.exec(delete(WebSession).where(col(WebSession.digest) == kept.digest))

    def end_all_of(self, user_id: str) -> None:
        """Every browser of a person."""
        with unit_of_work(self.engine) as session:
            session.exec(delete(WebSession).where(col(WebSession.user_id) == user_id))

    def _change(self, name: str, **values: object) -> None:
        with unit_of_work(self.engine) as session:
            session.execute(update(WebSession).where(col(WebSession.digest) == name).values(**values))

    def _kept(self, row: WebSession) -> KeptSession | None:
        try:
            opened = json.loads(unseal(self.key, row.sealed, _purpose(row.digest)))
        except SealBrokenError:
            return None
        tokens = Tokens(**opened["tokens"])
        signed_in = SignedIn(row.user_id, row.grant_id, opened["email"], row.authenticated_at, tokens)
        return KeptSession(row.digest, signed_in, row.proof_digest)

    def _sealed(self, name: str, email: str, tokens: Tokens) -> bytes:
        return seal(self.key, json.dumps({"email": email, "tokens": asdict(tokens)}).encode(), _purpose(name))


def _purpose(name: str) -> str:
    """Tokens moved to another row do not open."""
    return f"tokens of the session {name}"
