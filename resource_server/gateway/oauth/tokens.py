"""People's tokens for servers: sealed, each for one person and server, and changed by one at a time."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, or_, select, update

from resource_server.gateway.oauth.client_identity import Client
from resource_server.gateway.oauth.tables import UpstreamRevocation, UpstreamToken
from shared.clock import now
from shared.database import unit_of_work
from shared.ids import new_id
from shared.sealing import seal, unseal

CLAIM = timedelta(seconds=30)
"""So long one may take to refresh; then it is taken to have died."""


@dataclass(frozen=True)
class Tokens:
    """What a person holds, and where it is refreshed and revoked."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime | None
    scope: str
    issuer: str
    token_endpoint: str
    revocation_endpoint: str
    resource: str
    client: Client


@dataclass(frozen=True)
class Held:
    """Tokens as they were read. `rotation` names this state of them; `wanted_scope` is what a server missed."""

    tokens: Tokens
    rotation: str
    wanted_scope: str = ""
    is_refused: bool = False
    connected_at: datetime | None = None

    def expires_within(self, seconds: float) -> bool:
        """Whether the access token is about to end; one that does not say when is not."""
        ends = self.tokens.expires_at
        return ends is not None and ends <= now() + timedelta(seconds=seconds)


@dataclass(frozen=True)
class TokenStore:
    """`key` seals them."""

    engine: Engine
    key: bytes = field(repr=False)

    def of(self, server_id: str, user_id: str) -> Held | None:
        """One person's for one server; refused ones are told as such."""
        with unit_of_work(self.engine, read_only=True) as session:
            row = session.get(UpstreamToken, (server_id, user_id))
        return self._held(row) if row is not None else None

    def every(self, server_id: str) -> dict[str, Held]:
        """Everybody's for one server, by person."""
        with unit_of_work(self.engine, read_only=True) as session:
            rows = session.exec(select(UpstreamToken).where(UpstreamToken.server_id == server_id)).all()
        return {row.user_id: self._held(row) for row in rows}

    def keep(self, server_id: str, user_id: str, tokens: Tokens) -> None:
        """The person connected: these take the place of those before."""
        with unit_of_work(self.engine) as session:
            row = session.get(UpstreamToken, (server_id, user_id))
            row = row or UpstreamToken(server_id=server_id, user_id=user_id, sealed=b"", revision="", rotation="")
            row.sealed, row.expires_at = self._sealed(server_id, user_id, tokens), tokens.expires_at
            row.revision, row.rotation = new_id("rev"), new_id("rot")
            row.wanted_scope, row.is_refused, row.claimed_until, row.created_at = "", False, None, now()
            session.add(row)

    def claim(self, server_id: str, user_id: str, rotation: str) -> bool:
        """Whether the caller, and nobody else, may refresh these now: RFC 9700 §4.14.2, a token is used once."""
        free = or_(col(UpstreamToken.claimed_until).is_(None), col(UpstreamToken.claimed_until) < now())
        return self._change(server_id, user_id, rotation, {"claimed_until": now() + CLAIM}, free)

    def release(self, server_id: str, user_id: str, rotation: str) -> None:
        """It came to nothing; the tokens are what they were."""
        self._change(server_id, user_id, rotation, {"claimed_until": None})

    def rotate(self, server_id: str, user_id: str, rotation: str, tokens: Tokens) -> bool:
        """The refreshed ones; False where the person disconnected or connected anew meanwhile."""
        sealed = self._sealed(server_id, user_id, tokens)
        changes = {"sealed": sealed, "expires_at": tokens.expires_at, "rotation": new_id("rot"), "claimed_until": None}
        return self._change(server_id, user_id, rotation, changes)

    def refuse(self, server_id: str, user_id: str, rotation: str) -> None:
        """They are good for nothing any more: what is left says so."""
        held = self.of(server_id, user_id)
        if held is None or held.rotation != rotation:
            return
        empty = self._sealed(server_id, user_id, replace(held.tokens, access_token="", refresh_token=""))
        changes = {"sealed": empty, "is_refused": True, "revision": new_id("rev"), "claimed_until": None}
        self._change(server_id, user_id, rotation, changes)

    def want(self, server_id: str, user_id: str, scope: str) -> None:
        """The server missed these: they are asked for when the person connects again (RFC 6750 §3.1)."""
        mine = col(UpstreamToken.server_id) == server_id, col(UpstreamToken.user_id) == user_id
        with unit_of_work(self.engine) as session:
            session.exec(update(UpstreamToken).where(*mine).values(wanted_scope=scope))

    def forget(self, server_id: str, user_id: str) -> None:
        """The person's are gone; what they were is left to be given back."""
        mine = col(UpstreamToken.server_id) == server_id, col(UpstreamToken.user_id) == user_id
        with unit_of_work(self.engine) as session:
            leave_to_revoke(session, *mine)
            session.exec(delete(UpstreamToken).where(*mine))

    def take_forgotten(self) -> Tokens | None:
        """Tokens that are to be given back, to one who asks alone; None where there are no more.

        Raises SealBrokenError for what this installation cannot read any more; that is gone, too.
        """
        with unit_of_work(self.engine) as session:
            row = session.exec(select(UpstreamRevocation).limit(1)).first()
            if row is None:
                return None
            session.delete(row)
        return self._opened(row.sealed, row.server_id, row.user_id)

    def _change(self, server_id: str, user_id: str, rotation: str, changes: Mapping[str, Any], *further: Any) -> bool:
        """The database decides: only what still is in this state is changed."""
        this = (
            col(UpstreamToken.server_id) == server_id,
            col(UpstreamToken.user_id) == user_id,
            col(UpstreamToken.rotation) == rotation,
        )
        with unit_of_work(self.engine) as session:
            return session.exec(update(UpstreamToken).where(*this, *further).values(**changes)).rowcount == 1

    def _sealed(self, server_id: str, user_id: str, tokens: Tokens) -> bytes:
        told = asdict(tokens) | {"expires_at": tokens.expires_at.isoformat() if tokens.expires_at else None}
        return seal(self.key, json.dumps(told).encode(), _purpose(server_id, user_id))

    def _held(self, row: UpstreamToken) -> Held:
        """Raises SealBrokenError for another's."""
        tokens = self._opened(row.sealed, row.server_id, row.user_id)
        return Held(tokens, row.rotation, row.wanted_scope, row.is_refused, row.created_at)

    def _opened(self, sealed: bytes, server_id: str, user_id: str) -> Tokens:
        told: dict[str, Any] = json.loads(unseal(self.key, sealed, _purpose(server_id, user_id)))
        ends = datetime.fromisoformat(told["expires_at"]) if told["expires_at"] else None
        return Tokens(**told | {"expires_at": ends, "client": Client(**told["client"])})


def leave_to_revoke(session: Session, *which: Any) -> None:
    """Tokens are given back to whom they are from, by a running server (RFC 7009); they stay sealed as they are."""
    for row in session.exec(select(UpstreamToken).where(*which)):
        left = UpstreamRevocation(id=new_id("rvk"), server_id=row.server_id, user_id=row.user_id, sealed=row.sealed)
        session.add(left)
    session.flush()


def _purpose(server_id: str, user_id: str) -> str:
    """Names whom they are for: moved to another row they do not open."""
    return f"upstream tokens of {server_id} for {user_id}"
